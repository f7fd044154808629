#include "kernels/bias/bias.h"
#include "kernels/common/blocks_cpu.h"
#include "kernels/common/rows_cpu.h"

namespace favras::kernels::cpu {

template <class T>
void bias_forward(Context& context, const BiasForward<T>& b) {
  for_row_blocks(context, b.rows, b.columns, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) add_row(b.bias, b.columns, b.y + row * b.columns);
  });
}

template <class T>
void bias_backward(Context& context, const BiasBackward<T>& b) {
  for_blocks(context, b.columns, kStripe, [&](std::int64_t begin, std::int64_t end) {
    Accumulate<T> sum[kStripe] = {};
    for (std::int64_t row = 0; row < b.rows; ++row) add_row(b.dy + row * b.columns + begin, end - begin, sum);
    for (std::int64_t c = begin; c < end; ++c)
      b.d_bias[c] = sum[c - begin] + (b.beta == 0 ? Accumulate<T>(0) : b.beta * b.d_bias[c]);
  });
}

template void bias_forward(Context&, const BiasForward<float>&);
template void bias_forward(Context&, const BiasForward<double>&);
template void bias_forward(Context&, const BiasForward<bfloat16>&);
template void bias_backward(Context&, const BiasBackward<float>&);
template void bias_backward(Context&, const BiasBackward<double>&);
template void bias_backward(Context&, const BiasBackward<bfloat16>&);

}  // namespace favras::kernels::cpu
