#include <algorithm>
#include <cmath>

#include "kernels/common/blocks_cpu.h"
#include "kernels/common/rows_cpu.h"
#include "kernels/softmax_cross_entropy/softmax_cross_entropy.h"
#include "kernels/softmax_cross_entropy/softmax_row_cpu.h"

namespace favras::kernels::cpu {
namespace {

// The row's loss; its logits become the gradient, if wanted.
template <class T>
T loss_of_row(const SoftmaxCrossEntropy<T>& s, std::int64_t row, T count) {
  T* x = s.logits + row * s.vocabulary;
  if (s.targets[row] == s.ignore) {
    if (s.write_gradient) std::fill_n(x, s.vocabulary, T(0));
    return T(0);
  }
  T& target = x[s.targets[row]];
  const T target_logit = target;
  const auto [maximum, sum] = softmax_row(x, s.vocabulary, s.write_gradient);
  if (s.write_gradient) {
    scale_row(1 / (sum * count), s.vocabulary, x);
    target -= 1 / count;
  }
  return static_cast<T>(std::log(static_cast<double>(sum)) + (maximum - target_logit));
}

}  // namespace

template <class T>
void softmax_cross_entropy(Context& context, const SoftmaxCrossEntropy<T>& s) {
  const auto count = static_cast<T>(s.rows - std::count(s.targets, s.targets + s.rows, s.ignore));
  for_row_blocks(context, s.rows, s.vocabulary, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) s.row_loss[row] = loss_of_row(s, row, count);
  });
  double sum = 0;
  for (std::int64_t row = 0; row < s.rows; ++row) sum += s.row_loss[row];
  *s.loss_sum = static_cast<T>(sum);
  *s.count = count;
  *s.loss_mean = count > T(0) ? static_cast<T>(sum / count) : T(0);
}

template <class T>
void scale_by_scalar(Context& context, const ScaleByScalar<T>& s) {
  const T factor = *s.factor;
  for_blocks(context, s.size, kBlockElements,
             [&](std::int64_t begin, std::int64_t end) { scale_row(factor, end - begin, s.x + begin); });
}

template void softmax_cross_entropy(Context&, const SoftmaxCrossEntropy<float>&);
template void softmax_cross_entropy(Context&, const SoftmaxCrossEntropy<double>&);
template void scale_by_scalar(Context&, const ScaleByScalar<float>&);
template void scale_by_scalar(Context&, const ScaleByScalar<double>&);

}  // namespace favras::kernels::cpu
