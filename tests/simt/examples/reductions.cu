// Sums: a tree in shared memory, shuffles, and the last block's.
#include "kernels/common/cuda_platform.h"
#include "tests/simt/examples/examples.h"

namespace favras::simt_examples {

namespace {

using kernels::cuda::launch;

constexpr unsigned kThreads = 128;

// The sum over the block, valid in thread 0.
__device__ float sum_over_block(float value) {
  FAVRAS_SHARED(float, partial, [kThreads]);
  partial[threadIdx.x] = value;
  __syncthreads();
  for (unsigned half = kThreads / 2; half > 0; half /= 2) {
    if (threadIdx.x < half) partial[threadIdx.x] += partial[threadIdx.x + half];
    __syncthreads();
  }
  return partial[0];
}

__device__ float strided_sum(const float* __restrict__ values, unsigned count) {
  float sum = 0.0f;
  for (unsigned i = blockIdx.x * kThreads + threadIdx.x; i < count; i += gridDim.x * kThreads) {
    sum += values[i];
  }
  return sum;
}

__global__ void __launch_bounds__(kThreads)
    block_sums_kernel(const float* __restrict__ values, unsigned count, float* __restrict__ sums) {
  const float sum = sum_over_block(strided_sum(values, count));
  if (threadIdx.x == 0) sums[blockIdx.x] = sum;
}

template <class T>
__device__ T sum_over_warp(T value) {
#if FAVRAS_CUDA_ARCH >= 800
  return __reduce_add_sync(0xFFFFFFFF, value);
#else
  for (int lanes = 16; lanes > 0; lanes /= 2) value += __shfl_xor_sync(0xFFFFFFFF, value, lanes);
  return value;
#endif
}

__global__ void __launch_bounds__(kThreads)
    warp_sums_kernel(const int* __restrict__ values, int* __restrict__ sums) {
  const unsigned i = blockIdx.x * kThreads + threadIdx.x;
  const int sum = sum_over_warp(values[i]);
  if (threadIdx.x % 32 == 0) sums[i / 32] = sum;
}

__global__ void __launch_bounds__(kThreads)
    last_block_sum_kernel(const float* __restrict__ values, unsigned count, float* partial,
                          unsigned* finished, float* sum) {
  const float own = sum_over_block(strided_sum(values, count));
  FAVRAS_SHARED(bool, is_last, [1]);
  if (threadIdx.x == 0) {
    partial[blockIdx.x] = own;
    __threadfence();
    is_last[0] = atomicInc(finished, gridDim.x - 1) == gridDim.x - 1;
    __threadfence();
  }
  __syncthreads();
  if (!is_last[0]) return;
  float rest = 0.0f;
  for (unsigned block = threadIdx.x; block < gridDim.x; block += kThreads) rest += partial[block];
  const float total = sum_over_block(rest);
  if (threadIdx.x == 0) *sum = total;
}

}  // namespace

cudaError_t block_sums(const float* values, unsigned count, float* sums, unsigned blocks,
                       cudaStream_t stream) {
  return launch(block_sums_kernel, blocks, kThreads, 0, stream, values, count, sums);
}

cudaError_t warp_sums(const int* values, unsigned warps, int* sums, cudaStream_t stream) {
  return launch(warp_sums_kernel, warps * 32 / kThreads, kThreads, 0, stream, values, sums);
}

cudaError_t last_block_sum(const float* values, unsigned count, float* partial, unsigned* finished,
                           float* sum, unsigned blocks, cudaStream_t stream) {
  return launch(last_block_sum_kernel, blocks, kThreads, 0, stream, values, count, partial, finished, sum);
}

}  // namespace favras::simt_examples
