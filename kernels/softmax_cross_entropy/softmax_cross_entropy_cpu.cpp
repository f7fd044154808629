#include <algorithm>
#include <cmath>
#include <numeric>
#include <type_traits>
#include <vector>

#include "kernels/common/blocks_cpu.h"
#include "kernels/common/rows_cpu.h"
#include "kernels/softmax_cross_entropy/softmax_cross_entropy.h"
#include "kernels/softmax_cross_entropy/softmax_row_cpu.h"

namespace favras::kernels::cpu {
namespace {

// The loss of a row of logits; they become the gradient, if wanted.
template <class T>
T loss_of_logits(T* x, std::int64_t size, std::int32_t target_class, T smoothing, bool write_gradient,
                 T count) {
  T& target = x[target_class];
  T expected_logit = target;
  if (smoothing > 0)
    expected_logit += smoothing * (std::accumulate(x, x + size, T(0)) / static_cast<T>(size) - target);
  const auto [maximum, sum] = softmax_row(x, size, write_gradient);
  if (write_gradient) {
    scale_row(1 / (sum * count), size, x);
    target -= (1 - smoothing) / count;
    if (smoothing > 0)
      std::transform(x, x + size, x,
                     [share = smoothing / (static_cast<T>(size) * count)](T y) { return y - share; });
  }
  return static_cast<T>(std::log(static_cast<double>(sum)) + (maximum - expected_logit));
}

// bfloat16 logits are treated in float, in `wide` [vocabulary].
template <class T>
Accumulate<T> loss_of_row(const SoftmaxCrossEntropy<T>& s, std::int64_t row, Accumulate<T> count,
                          std::vector<Accumulate<T>>& wide) {
  T* const x = s.logits + row * s.vocabulary;
  const std::int32_t target = s.targets[row];
  if (target == s.ignore) {
    if (s.write_gradient) std::fill_n(x, s.vocabulary, T(0));
    return 0;
  }
  if constexpr (std::is_same_v<T, Accumulate<T>>) {
    return loss_of_logits(x, s.vocabulary, target, s.smoothing, s.write_gradient, count);
  } else {
    wide.resize(static_cast<std::size_t>(s.vocabulary));
    convert_row(x, s.vocabulary, wide.data());
    const auto loss = loss_of_logits(wide.data(), s.vocabulary, target, s.smoothing, s.write_gradient, count);
    if (s.write_gradient) convert_row(wide.data(), s.vocabulary, x);
    return loss;
  }
}

}  // namespace

template <class T>
void softmax_cross_entropy(Context& context, const SoftmaxCrossEntropy<T>& s) {
  using A = Accumulate<T>;
  const auto count = static_cast<A>(s.rows - std::count(s.targets, s.targets + s.rows, s.ignore));
  for_row_blocks(context, s.rows, s.vocabulary, [&](std::int64_t begin, std::int64_t end) {
    std::vector<A> wide;
    for (std::int64_t row = begin; row < end; ++row) s.row_loss[row] = loss_of_row(s, row, count, wide);
  });
  double sum = 0;
  for (std::int64_t row = 0; row < s.rows; ++row) sum += s.row_loss[row];
  *s.loss_sum = static_cast<A>(sum);
  *s.count = count;
  *s.loss_mean = count > 0 ? static_cast<A>(sum / count) : A(0);
}

template <class T>
void scale_by_scalar(Context& context, const ScaleByScalar<T>& s) {
  const Accumulate<T> factor = *s.factor;
  for_blocks(context, s.size, kBlockElements,
             [&](std::int64_t begin, std::int64_t end) { scale_row(factor, end - begin, s.x + begin); });
}

template void softmax_cross_entropy(Context&, const SoftmaxCrossEntropy<float>&);
template void softmax_cross_entropy(Context&, const SoftmaxCrossEntropy<double>&);
template void softmax_cross_entropy(Context&, const SoftmaxCrossEntropy<bfloat16>&);
template void scale_by_scalar(Context&, const ScaleByScalar<float>&);
template void scale_by_scalar(Context&, const ScaleByScalar<double>&);
template void scale_by_scalar(Context&, const ScaleByScalar<bfloat16>&);

}  // namespace favras::kernels::cpu
