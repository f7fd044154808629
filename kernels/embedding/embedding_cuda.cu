#include "kernels/common/cuda_check.h"
#include "kernels/common/grid_cuda.h"
#include "kernels/embedding/embedding.h"

namespace favras::kernels::cuda {
namespace {

constexpr unsigned kWarps = kThreads / 32;

// A warp copies a row.
template <class T, int kWidth>
__global__ void __launch_bounds__(kThreads) embedding_forward_kernel(EmbeddingForward<T> e) {
  for (std::int64_t row = grid_thread() / 32; row < e.rows; row += grid_threads() / 32) {
    const T* from = e.table + e.ids[row] * e.columns;
    T* to = e.y + row * e.columns;
#pragma unroll 1  // unrolled, nvcc would store one element at a time
    for (std::int64_t c = threadIdx.x % 32 * kWidth; c < e.columns; c += 32 * kWidth)
      store(to + c, load<kWidth>(from + c));
  }
}

constexpr int kIdsALane = 4;  // read at a time
constexpr int kRowsAtOnce = 8;

// Adds the lowest kRowsAtOnce rows whose bits are set, in order; returns the bits that remain. All loads
// start before the first sum: the sums wait for each other, the loads need not.
template <class T, int kWidth>
__device__ unsigned add_rows(unsigned rows, const T* first, std::int64_t columns,
                             Pack<Accumulate<T>, kWidth>& sum) {
  const int count = __popc(rows);
  Pack<T, kWidth> values[kRowsAtOnce] = {};
  for (int i = 0; i < kRowsAtOnce; ++i) {
    if (i < count) values[i] = load<kWidth>(first + (__ffs(static_cast<int>(rows)) - 1) * columns);
    rows &= rows - 1;
  }
  for (int i = 0; i < kRowsAtOnce; ++i)
    for (int k = 0; k < kWidth; ++k)
      if (i < count) sum.at[k] += Accumulate<T>(values[i].at[k]);
  return rows;
}

// A warp owns a strip of one table row: it looks for the row's id among all ids and adds in row order, hence
// no atomics, and the CPU's bits. The search costs vocabulary * rows comparisons, 32 at a time.
template <class T, int kWidth>
__global__ void __launch_bounds__(kThreads) embedding_backward_kernel(EmbeddingBackward<T> e) {
  const unsigned lane = threadIdx.x % 32;
  const std::int64_t strips = (e.columns + 32 * kWidth - 1) / (32 * kWidth);
  for (std::int64_t unit = grid_thread() / 32; unit < e.vocabulary * strips; unit += grid_threads() / 32) {
    const std::int64_t id = unit / strips, column = (unit % strips * 32 + lane) * kWidth;
    const bool inside = column < e.columns;  // lanes past the row's end help to search only
    Accumulate<T>* const to = e.d_table + id * e.columns + column;
    Pack<Accumulate<T>, kWidth> sum{};
    if (inside && e.beta != 0) {
      sum = load<kWidth>(to);
      for (Accumulate<T>& value : sum.at) value *= e.beta;
    }
    for (std::int64_t first = 0; first < e.rows; first += 32 * kIdsALane) {
      std::int32_t ids[kIdsALane];
      for (int i = 0; i < kIdsALane; ++i) {
        const std::int64_t row = first + 32 * i + lane;
        ids[i] = row < e.rows ? e.ids[row] : -1;
      }
#pragma unroll  // ids stay in registers
      for (int i = 0; i < kIdsALane; ++i) {
        unsigned found = __ballot_sync(kWholeWarp, ids[i] == id);
        while (inside && found != 0)
          found = add_rows(found, e.dy + (first + 32 * i) * e.columns + column, e.columns, sum);
      }
    }
    if (inside) store(to, sum);
  }
}

}  // namespace

template <class T>
void embedding_forward(Context& context, const EmbeddingForward<T>& e) {
  if (e.rows * e.columns == 0) return;
  const bool wide = allows_wide(e.columns, e.table, e.y);
  FAVRAS_CUDA_CHECK(launch(wide ? embedding_forward_kernel<T, kWide<T>> : embedding_forward_kernel<T, 1>,
                           blocks_for(context, e.rows, kWarps), kThreads, 0, context.stream, e));
}

template <class T>
void embedding_backward(Context& context, const EmbeddingBackward<T>& e) {
  if (e.vocabulary * e.columns == 0) return;
  const bool wide = allows_wide(e.columns, e.dy, e.d_table);
  const std::int64_t strip = 32 * (wide ? kWide<T> : 1), strips = (e.columns + strip - 1) / strip;
  FAVRAS_CUDA_CHECK(launch(wide ? embedding_backward_kernel<T, kWide<T>> : embedding_backward_kernel<T, 1>,
                           blocks_for(context, e.vocabulary * strips, kWarps), kThreads, 0, context.stream,
                           e));
}

template void embedding_forward(Context&, const EmbeddingForward<float>&);
template void embedding_forward(Context&, const EmbeddingForward<double>&);
template void embedding_forward(Context&, const EmbeddingForward<bfloat16>&);
template void embedding_backward(Context&, const EmbeddingBackward<float>&);
template void embedding_backward(Context&, const EmbeddingBackward<double>&);
template void embedding_backward(Context&, const EmbeddingBackward<bfloat16>&);

}  // namespace favras::kernels::cuda
