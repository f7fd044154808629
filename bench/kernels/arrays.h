// Arrays in a device's memory for kernels to work on.
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/common/bfloat16.h"

namespace favras::bench {

template <class T, class Device>
using Array = typename Device::template Array<T>;

template <class T, class Device>
Array<T, Device> copy_of(Device&, std::vector<T> values) {
  return Array<T, Device>(std::move(values));
}

template <class T, class Device>
Array<T, Device> zeros(Device& device, std::int64_t count) {
  return copy_of<T>(device, std::vector<T>(static_cast<std::size_t>(count)));
}

// Numbers in (-scale, scale) that no two neighbours share: a GPU takes less power for zeros, and is faster.
template <class T, class Device>
Array<T, Device> numbers(Device& device, std::int64_t count, float scale = 1.0f) {
  std::vector<T> all(static_cast<std::size_t>(count));
  std::uint32_t state = 1;
  for (T& number : all) {
    state = state * 1664525u + 1013904223u;
    number = T(static_cast<kernels::Accumulate<T>>(static_cast<float>(static_cast<std::int32_t>(state)) *
                                                   0x1p-31f * scale));
  }
  return copy_of<T>(device, std::move(all));
}

// Ids below `limit`, all equally often.
template <class Device>
Array<std::int32_t, Device> ids(Device& device, std::int64_t count, std::int64_t limit) {
  std::vector<std::int32_t> all(static_cast<std::size_t>(count));
  std::uint32_t state = 1;
  for (std::int32_t& id : all) {
    state = state * 1664525u + 1013904223u;
    id = static_cast<std::int32_t>((std::uint64_t{state} * static_cast<std::uint32_t>(limit)) >> 32);
  }
  return copy_of<std::int32_t>(device, std::move(all));
}

}  // namespace favras::bench
