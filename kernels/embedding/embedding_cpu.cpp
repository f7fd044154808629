#include <algorithm>

#include "kernels/common/blocks_cpu.h"
#include "kernels/common/rows_cpu.h"
#include "kernels/embedding/embedding.h"

namespace favras::kernels::cpu {

template <class T>
void embedding_forward(Context& context, const EmbeddingForward<T>& e) {
  for_row_blocks(context, e.rows, e.columns, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row)
      std::copy_n(e.table + e.ids[row] * e.columns, e.columns, e.y + row * e.columns);
  });
}

// A thread owns columns, not rows, so that every sum has one owner that adds in row order.
template <class T>
void embedding_backward(Context& context, const EmbeddingBackward<T>& e) {
  for_blocks(context, e.columns, kStripe, [&](std::int64_t begin, std::int64_t end) {
    const auto d_row = [&](std::int64_t id) { return e.d_table + id * e.columns + begin; };
    for (std::int64_t id = 0; id < e.vocabulary; ++id) {
      if (e.beta == 0)
        std::fill_n(d_row(id), end - begin, Accumulate<T>(0));
      else if (e.beta != 1)
        scale_row(e.beta, end - begin, d_row(id));
    }
    for (std::int64_t row = 0; row < e.rows; ++row)
      if (e.ids[row] >= 0) add_row(e.dy + row * e.columns + begin, end - begin, d_row(e.ids[row]));
  });
}

template void embedding_forward(Context&, const EmbeddingForward<float>&);
template void embedding_forward(Context&, const EmbeddingForward<double>&);
template void embedding_forward(Context&, const EmbeddingForward<bfloat16>&);
template void embedding_backward(Context&, const EmbeddingBackward<float>&);
template void embedding_backward(Context&, const EmbeddingBackward<double>&);
template void embedding_backward(Context&, const EmbeddingBackward<bfloat16>&);

}  // namespace favras::kernels::cpu
