#include "kernels/common/cuda_check.h"
#include "kernels/common/grid_cuda.h"
#include "kernels/lstm/reorder_cuda.h"

namespace favras::kernels::cuda {
namespace {

constexpr unsigned kWarps = kThreads / 32;

// Elements of one access.
template <class T>
constexpr int kWidest = 16 / sizeof(T);

// A warp copies a row.
template <class T, int kWidth>
__global__ void __launch_bounds__(kThreads) reorder_rows_kernel(ReorderRows<T> r) {
  for (std::int64_t row = grid_thread() / 32; row < r.time * r.batch; row += grid_threads() / 32) {
    const std::int64_t t = row / r.batch, b = row - t * r.batch, length = r.lengths[b];
    const std::int64_t from_row = (r.reverse ? length - 1 - t : t) * r.batch + b;
    for (std::int64_t c = threadIdx.x % 32 * kWidth; c < r.columns; c += 32 * kWidth) {
      Pack<T, kWidth> pack;
      for (T& value : pack.at) value = r.past_end;
      if (t < length) pack = load<kWidth>(r.from + from_row * r.columns + c);
      store(r.to + row * r.columns + c, pack);
    }
  }
}

}  // namespace

template <class T>
void reorder_rows(Context& context, const ReorderRows<T>& r) {
  const std::int64_t rows = r.time * r.batch;
  if (rows * r.columns == 0) return;
  const bool wide = allows_wide(r.columns, r.from, r.to);
  FAVRAS_CUDA_CHECK(launch(wide ? reorder_rows_kernel<T, kWidest<T>> : reorder_rows_kernel<T, 1>,
                           blocks_for(context, rows, kWarps), kThreads, 0, context.stream, r));
}

template void reorder_rows(Context&, const ReorderRows<float>&);
template void reorder_rows(Context&, const ReorderRows<double>&);
template void reorder_rows(Context&, const ReorderRows<bfloat16>&);
template void reorder_rows(Context&, const ReorderRows<std::int32_t>&);

}  // namespace favras::kernels::cuda
