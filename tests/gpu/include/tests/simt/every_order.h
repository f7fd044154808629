// What tests/simt/every_order.h is to the emulation, on a GPU, which orders its threads as it likes: several
// runs.
#pragma once

#include <cstring>

#include <boost/test/unit_test.hpp>

namespace favras::simt {

// What `run` returns, a vector of numbers; the bits must be the same every time.
template <class Run>
auto same_in_every_order(Run run) {
  constexpr int kRuns = 20;
  const auto first = run();
  for (int i = 1; i < kRuns; ++i) {
    const auto result = run();
    BOOST_REQUIRE(result.size() == first.size());
    BOOST_TEST((std::memcmp(result.data(), first.data(), result.size() * sizeof(result[0])) == 0));
  }
  return first;
}

}  // namespace favras::simt
