// Barrier mutation: without any one of its barriers a kernel goes wrong in some order of its threads, and
// is seen to.
#pragma once

#include <cstddef>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "tests/simt/every_order.h"
#include "tests/simt/site.h"

namespace favras::simt {

// Runs a kernel and gives its results' bits.
using Run = std::function<std::vector<std::byte>()>;

template <class T>
std::vector<std::byte> bytes(const std::vector<T>& values) {
  std::vector<std::byte> raw(values.size() * sizeof(T));
  std::memcpy(raw.data(), values.data(), raw.size());
  return raw;
}

// Whether some order of the threads shows the loss of the barrier.
inline bool is_noticed(const BarrierSite& barrier, const Run& run, const std::vector<std::byte>& right) {
  const ScopedOptions restored(options());
  for (Options option : every_order(5)) {
    option.elided = {barrier.site.file, barrier.site.line};
    options() = option;
    try {
      if (run() != right) return true;
    } catch (const KernelFault&) {
      return true;
    }
  }
  return false;
}

// Fences order memory, and here all memory is in order: their loss is ThreadSanitizer's to see. Messages say
// which barriers are tried: tests/gates/barrier_sites.py looks for all those of the kernels.
inline void every_barrier_is_noticed(const Run& run, std::size_t barriers) {
  forget_barrier_sites();
  const std::vector<std::byte> right = run();
  const std::vector<BarrierSite> sites = barrier_sites();
  std::size_t tried = 0;
  for (const BarrierSite& barrier : sites) {
    if (barrier.kind == Collective::kFence) continue;
    ++tried;
    BOOST_TEST_MESSAGE(fmt::format("tried to leave out {}:{}", barrier.site.file, barrier.site.line));
    BOOST_TEST(is_noticed(barrier, run, right), fmt::format("{} at {}:{} can be left out", name(barrier.kind),
                                                            barrier.site.file, barrier.site.line));
  }
  BOOST_TEST(tried == barriers);
}

}  // namespace favras::simt
