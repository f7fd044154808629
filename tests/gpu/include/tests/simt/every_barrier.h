// What tests/simt/every_barrier.h is to the emulation: its tests compile for a GPU, but are kOnlyEmulated.
#pragma once

#include <cstddef>
#include <cstring>
#include <vector>

#include "tests/simt/every_order.h"

namespace favras::simt {

template <class T>
std::vector<std::byte> bytes(const std::vector<T>& values) {
  std::vector<std::byte> raw(values.size() * sizeof(T));
  std::memcpy(raw.data(), values.data(), raw.size());
  return raw;
}

template <class Run>
void every_barrier_is_noticed(Run, std::size_t) {
  BOOST_FAIL("no barrier can be left out of a kernel on a GPU");
}

}  // namespace favras::simt
