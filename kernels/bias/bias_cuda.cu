#include "kernels/bias/bias.h"
#include "kernels/common/cuda_check.h"
#include "kernels/common/grid_cuda.h"

namespace favras::kernels::cuda {
namespace {

template <class T, int kWidth>
__global__ void __launch_bounds__(kThreads) bias_forward_kernel(BiasForward<T> b) {
  using A = Accumulate<T>;
  const std::int64_t packs_a_row = b.columns / kWidth, packs = b.rows * packs_a_row;
  // The place in the row moves with the loop: no division a turn.
  const std::int64_t step = grid_threads() % packs_a_row;
  std::int64_t place = grid_thread() % packs_a_row;
  for (std::int64_t i = grid_thread(); i < packs; i += grid_threads()) {
    const auto bias = load<kWidth>(b.bias + place * kWidth);
    auto y = load<kWidth>(b.y + i * kWidth);
    for (int k = 0; k < kWidth; ++k) y.at[k] = T(A(y.at[k]) + A(bias.at[k]));
    store(b.y + i * kWidth, y);
    place += step;
    if (place >= packs_a_row) place -= packs_a_row;
  }
}

constexpr unsigned kStrip = 32;  // columns of a block: 128 bytes of every row of floats
constexpr unsigned kSlices = 16;

// A block sums a strip of columns: slice s the rows s, s + 16 ..., then the slices in order. How the sum is
// split depends on nothing but the number of rows, so its bits are the same on every device.
template <class T>
__global__ void __launch_bounds__(kStrip* kSlices) bias_backward_kernel(BiasBackward<T> b) {
  using A = Accumulate<T>;
  FAVRAS_SHARED(A, sums, [kSlices][kStrip]);
  const unsigned slice = threadIdx.y;
  const std::int64_t column = std::int64_t{blockIdx.x} * kStrip + threadIdx.x;
  const bool inside = column < b.columns;
  A sum = 0;
  if (inside) {
#pragma unroll 8  // so many loads under way
    for (std::int64_t row = slice; row < b.rows; row += kSlices) sum += A(b.dy[row * b.columns + column]);
  }
  sums[slice][threadIdx.x] = sum;
  __syncthreads();
  if (slice > 0 || !inside) return;
  for (unsigned other = 1; other < kSlices; ++other) sum += sums[other][threadIdx.x];
  b.d_bias[column] = sum + (b.beta == 0 ? A(0) : b.beta * b.d_bias[column]);
}

}  // namespace

template <class T>
void bias_forward(Context& context, const BiasForward<T>& b) {
  const std::int64_t size = b.rows * b.columns;
  if (size == 0) return;
  const bool wide = allows_wide(b.columns, b.bias, b.y);
  const std::int64_t packs = wide ? size / kWide<T> : size;
  FAVRAS_CUDA_CHECK(launch(wide ? bias_forward_kernel<T, kWide<T>> : bias_forward_kernel<T, 1>,
                           blocks_for(context, packs, kThreads), kThreads, 0, context.stream, b));
}

template <class T>
void bias_backward(Context& context, const BiasBackward<T>& b) {
  if (b.columns == 0) return;
  const auto strips = static_cast<unsigned>((b.columns + kStrip - 1) / kStrip);
  FAVRAS_CUDA_CHECK(launch(bias_backward_kernel<T>, strips, dim3(kStrip, kSlices), 0, context.stream, b));
}

template void bias_forward(Context&, const BiasForward<float>&);
template void bias_forward(Context&, const BiasForward<double>&);
template void bias_forward(Context&, const BiasForward<bfloat16>&);
template void bias_backward(Context&, const BiasBackward<float>&);
template void bias_backward(Context&, const BiasBackward<double>&);
template void bias_backward(Context&, const BiasBackward<bfloat16>&);

}  // namespace favras::kernels::cuda
