// Blocks that wait for each other: a grid barrier, and a chain of flags.
#include <cooperative_groups.h>

#include "kernels/common/cuda_platform.h"
#include "tests/simt/examples/examples.h"

namespace favras::simt_examples {

namespace {

constexpr unsigned kThreads = 128;
constexpr unsigned kAll = 0xFFFFFFFF;

__global__ void __launch_bounds__(kThreads) normalise_kernel(float* values, unsigned count, float* partial) {
  const auto grid = cooperative_groups::this_grid();
  FAVRAS_SHARED(float, of_warp, [kThreads / 32]);
  const unsigned first = blockIdx.x * kThreads + threadIdx.x;
  float sum = 0.0f;
  for (unsigned i = first; i < count; i += gridDim.x * kThreads) sum += values[i];
  for (unsigned lanes = 16; lanes > 0; lanes /= 2) sum += __shfl_down_sync(kAll, sum, lanes);
  if (threadIdx.x % 32 == 0) of_warp[threadIdx.x / 32] = sum;
  __syncthreads();
  if (threadIdx.x == 0) {
    sum = 0.0f;
    for (float warp : of_warp) sum += warp;
    partial[blockIdx.x] = sum;
  }
  grid.sync();
  float total = 0.0f;
  for (unsigned block = 0; block < gridDim.x; ++block) total += partial[block];
  for (unsigned i = first; i < count; i += gridDim.x * kThreads) values[i] /= total;
}

// The inclusive prefix sum over the block, and its total.
struct Prefix {
  int own;
  int total;
};

__device__ Prefix prefix_over_block(int value) {
  FAVRAS_SHARED(int, sums, [kThreads]);
  sums[threadIdx.x] = value;
  __syncthreads();
  for (unsigned by = 1; by < kThreads; by *= 2) {
    const int left = threadIdx.x >= by ? sums[threadIdx.x - by] : 0;
    __syncthreads();
    sums[threadIdx.x] += left;
    __syncthreads();
  }
  return {sums[threadIdx.x], sums[kThreads - 1]};
}

__global__ void __launch_bounds__(kThreads)
    prefix_sums_kernel(const int* __restrict__ values, int* __restrict__ result, int* carried,
                       unsigned* flags) {
  FAVRAS_SHARED(int, before, [1]);
  const unsigned block = blockIdx.x;
  const Prefix prefix = prefix_over_block(values[block * kThreads + threadIdx.x]);
  if (threadIdx.x == 0) {
    int carry = 0;
    if (block > 0) {
      while (kernels::cuda::load_acquire(&flags[block - 1]) == 0) continue;
      carry = carried[block - 1];
    }
    carried[block] = carry + prefix.total;
    kernels::cuda::store_release(&flags[block], 1);
    before[0] = carry;
  }
  __syncthreads();
  result[block * kThreads + threadIdx.x] = before[0] + prefix.own;
}

}  // namespace

cudaError_t normalise(float* values, unsigned count, float* partial, unsigned blocks, cudaStream_t stream) {
  return kernels::cuda::launch_cooperative(normalise_kernel, blocks, kThreads, 0, stream, values, count,
                                           partial);
}

cudaError_t prefix_sums(const int* values, int* result, int* carried, unsigned* flags, unsigned blocks,
                        cudaStream_t stream) {
  return kernels::cuda::launch_cooperative(prefix_sums_kernel, blocks, kThreads, 0, stream, values, result,
                                           carried, flags);
}

}  // namespace favras::simt_examples
