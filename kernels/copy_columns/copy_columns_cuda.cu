#include <numeric>

#include "kernels/common/cuda_check.h"
#include "kernels/common/grid_cuda.h"
#include "kernels/copy_columns/copy_columns.h"

namespace favras::kernels::cuda {
namespace {

// A warp copies a row.
template <class T, int kWidth>
__global__ void __launch_bounds__(kThreads) copy_columns_kernel(CopyColumns<T> c) {
  for (std::int64_t row = grid_thread() / 32; row < c.rows; row += grid_threads() / 32) {
    const T* const from = c.from + row * c.from_width;
    T* const to = c.to + row * c.to_width;
#pragma unroll 1  // unrolled, nvcc would store one element at a time
    for (std::int64_t i = threadIdx.x % 32 * kWidth; i < c.columns; i += 32 * kWidth)
      store(to + i, load<kWidth>(from + i));
  }
}

}  // namespace

template <class T>
void copy_columns(Context& context, const CopyColumns<T>& c) {
  if (c.rows * c.columns == 0) return;
  const bool wide = allows_wide(std::gcd(std::gcd(c.columns, c.from_width), c.to_width), c.from, c.to);
  FAVRAS_CUDA_CHECK(launch(wide ? copy_columns_kernel<T, kWide<T>> : copy_columns_kernel<T, 1>,
                           blocks_for(context, c.rows, kThreads / 32), kThreads, 0, context.stream, c));
}

template void copy_columns(Context&, const CopyColumns<float>&);
template void copy_columns(Context&, const CopyColumns<double>&);
template void copy_columns(Context&, const CopyColumns<bfloat16>&);

}  // namespace favras::kernels::cuda
