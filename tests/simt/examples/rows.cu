// Softmax of rows in dynamic shared memory, and a transposition through a tile.
#include "kernels/common/cuda_platform.h"
#include "tests/simt/examples/examples.h"

namespace favras::simt_examples {

namespace {

using kernels::cuda::launch;

constexpr unsigned kThreads = 64;
constexpr unsigned kWarps = kThreads / 32;
constexpr unsigned kTile = 16;
constexpr unsigned kAll = 0xFFFFFFFF;

struct Larger {
  __device__ float operator()(float a, float b) const { return a > b ? a : b; }
};
struct Sum {
  __device__ float operator()(float a, float b) const { return a + b; }
};

// `combine` over the block, in every thread; of_warp[kWarps] is shared scratch.
template <class Combine>
__device__ float over_block(float value, float* of_warp, Combine combine) {
  for (int lanes = 16; lanes > 0; lanes /= 2) value = combine(value, __shfl_xor_sync(kAll, value, lanes));
  if (threadIdx.x % 32 == 0) of_warp[threadIdx.x / 32] = value;
  __syncthreads();
  float result = of_warp[0];
  for (unsigned warp = 1; warp < kWarps; ++warp) result = combine(result, of_warp[warp]);
  __syncthreads();
  return result;
}

__global__ void __launch_bounds__(kThreads)
    softmax_kernel(const float* __restrict__ values, unsigned columns, float* __restrict__ result) {
  FAVRAS_SHARED(float, of_warp, [kWarps]);
  auto* row = kernels::cuda::dynamic_shared<float>();
  const float* from = values + std::size_t{blockIdx.x} * columns;
  float* to = result + std::size_t{blockIdx.x} * columns;
  float largest = -3.4e38f;
  for (unsigned i = threadIdx.x; i < columns; i += kThreads) {
    row[i] = from[i];
    largest = Larger{}(largest, row[i]);
  }
  largest = over_block(largest, of_warp, Larger{});
  float sum = 0.0f;
  for (unsigned i = threadIdx.x; i < columns; i += kThreads) {
    row[i] = __expf(row[i] - largest);
    sum += row[i];
  }
  sum = over_block(sum, of_warp, Sum{});
  for (unsigned i = threadIdx.x; i < columns; i += kThreads) to[i] = row[i] / sum;
}

__global__ void __launch_bounds__(kTile* kTile)
    transpose_kernel(const float* __restrict__ from, unsigned rows, unsigned columns,
                     float* __restrict__ to) {
  FAVRAS_SHARED(float, tile, [kTile][kTile + 1]);
  const unsigned row = blockIdx.y * kTile + threadIdx.y;
  const unsigned column = blockIdx.x * kTile + threadIdx.x;
  if (row < rows && column < columns) {
    tile[threadIdx.y][threadIdx.x] = from[std::size_t{row} * columns + column];
  }
  __syncthreads();
  const unsigned to_row = blockIdx.x * kTile + threadIdx.y;
  const unsigned to_column = blockIdx.y * kTile + threadIdx.x;
  if (to_row < columns && to_column < rows) {
    to[std::size_t{to_row} * rows + to_column] = tile[threadIdx.x][threadIdx.y];
  }
}

}  // namespace

cudaError_t softmax(const float* values, unsigned rows, unsigned columns, float* result,
                    cudaStream_t stream) {
  return launch(softmax_kernel, rows, kThreads, columns * sizeof(float), stream, values, columns, result);
}

cudaError_t transpose(const float* from, unsigned rows, unsigned columns, float* to, cudaStream_t stream) {
  const dim3 grid((columns + kTile - 1) / kTile, (rows + kTile - 1) / kTile);
  return launch(transpose_kernel, grid, dim3(kTile, kTile), 0, stream, from, rows, columns, to);
}

}  // namespace favras::simt_examples
