// How work is spread over a grid: its size, a thread's place in it, and accesses of 16 bytes.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "kernels/common/bfloat16.h"
#include "kernels/common/context.h"
#include "kernels/common/cuda_platform.h"

namespace favras::kernels::cuda {

// Threads of a block, unless a kernel has reason for another number.
inline constexpr unsigned kThreads = 256;
inline constexpr unsigned kWholeWarp = 0xFFFFFFFF;

// Blocks that do `work` units, `a_block` each at a time: no more than a large device holds at once,
// since kernels loop over the rest. At least 1.
inline unsigned blocks_for(const Context& context, std::int64_t work, std::int64_t a_block,
                           unsigned threads = kThreads) {
  constexpr unsigned kThreadsOfMultiprocessor = 2048;
  const std::int64_t resident = std::int64_t{context.multiprocessors} * (kThreadsOfMultiprocessor / threads);
  return static_cast<unsigned>(std::clamp<std::int64_t>((work + a_block - 1) / a_block, 1, resident));
}

// Elements that a thread takes at a time where 16-byte accesses are allowed.
template <class T>
inline constexpr int kWide = std::is_same_v<T, bfloat16> ? 8 : 4;

// Whether rows of `row` elements, and all the arrays, allow them: as many at a time as the narrowest type
// wants.
template <class... Ts>
bool allows_wide(std::int64_t row, const Ts*... arrays) {
  return row % std::max({kWide<Ts>...}) == 0 && (... && (reinterpret_cast<std::uintptr_t>(arrays) % 16 == 0));
}

// kWidth neighbours, read and written in as few accesses as 16 bytes each permit.
template <class T, int kWidth>
struct alignas(std::min<std::size_t>(16, kWidth * sizeof(T))) Pack {
  T at[kWidth];
};

template <int kWidth, class T>
__device__ Pack<T, kWidth> load(const T* from) {
  return *reinterpret_cast<const Pack<T, kWidth>*>(from);
}

template <class T, int kWidth>
__device__ void store(T* to, const Pack<T, kWidth>& pack) {
  *reinterpret_cast<Pack<T, kWidth>*>(to) = pack;
}

// This thread's number in a grid of one dimension, and the number of all.
inline __device__ std::int64_t grid_thread() { return std::int64_t{blockIdx.x} * blockDim.x + threadIdx.x; }
inline __device__ std::int64_t grid_threads() { return std::int64_t{gridDim.x} * blockDim.x; }

template <int kWidth>
using Width = std::integral_constant<int, kWidth>;

// body(Width<w>, i) for the elements i ... i + w - 1 that fall to this thread out of a flat array: kWidth
// at a time, and one at a time in the tail.
template <int kWidth, class Body>
__device__ void for_flat(std::int64_t size, const Body& body) {
  const std::int64_t packs = size / kWidth;
  for (std::int64_t i = grid_thread(); i < packs; i += grid_threads()) body(Width<kWidth>{}, i * kWidth);
  if constexpr (kWidth > 1) {
    const std::int64_t i = packs * kWidth + grid_thread();
    if (i < size) body(Width<1>{}, i);
  }
}

}  // namespace favras::kernels::cuda
