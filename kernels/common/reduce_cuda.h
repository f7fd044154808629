// Reductions over the threads of a warp and of a block, always in the same order: the same bits every run.
#pragma once

#include "kernels/common/cuda_platform.h"
#include "kernels/common/grid_cuda.h"

namespace favras::kernels::cuda {

struct Sum {
  template <class T>
  __device__ T operator()(T a, T b) const {
    return a + b;
  }
};

// Numbers of types that shuffles take; others overload it.
template <class T>
__device__ T from_lane_across(T value, int lanes) {
  return __shfl_xor_sync(kWholeWarp, value, lanes);
}

// `combine`, which must be commutative, over the warp: the same bits in every lane.
template <class T, class Combine>
__device__ T over_warp(T value, Combine combine) {
  for (int lanes = 16; lanes > 0; lanes /= 2) value = combine(value, from_lane_across(value, lanes));
  return value;
}

// The same over the first kCount threads in x, one warp or a whole block. of_warp[kCount / 32] is shared; a
// barrier must lie between this reduction and the next that uses it. All the warp or block must call.
template <unsigned kCount, class T, class Combine>
__device__ T over_threads(T value, T* of_warp, Combine combine) {
  value = over_warp(value, combine);
  if constexpr (kCount > 32) {
    if (threadIdx.x % 32 == 0) of_warp[threadIdx.x / 32] = value;
    __syncthreads();
    value = of_warp[0];
    for (unsigned warp = 1; warp < kCount / 32; ++warp) value = combine(value, of_warp[warp]);
  }
  return value;
}

}  // namespace favras::kernels::cuda
