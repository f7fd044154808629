// Runs a check once for every instruction set that this CPU offers and the kernels were compiled for.
#pragma once

#include <boost/test/unit_test.hpp>
#include <hwy/targets.h>

namespace favras::test {

template <class Check>
void for_each_instruction_set(const Check& check) {
  for (const auto target : hwy::SupportedAndGeneratedTargets()) {
    BOOST_TEST_CONTEXT("instruction set " << hwy::TargetName(target)) {
      hwy::GetChosenTarget().Update(target);
      check();
    }
  }
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

}  // namespace favras::test
