#include "engine/ops/softmax_cross_entropy.h"

#include "engine/dispatch.h"
#include "engine/ops/check.h"
#include "kernels/softmax_cross_entropy/softmax_cross_entropy.h"

namespace favras {

Loss softmax_cross_entropy(const Variable& logits, const Tensor& targets, std::int32_t ignore,
                           float label_smoothing) {
  const Tensor& x = logits.value();
  check_float("softmax_cross_entropy", "logits", x);
  if (x.shape().empty())
    throw std::invalid_argument("softmax_cross_entropy: logits must have at least one axis");
  check_shape("softmax_cross_entropy", "targets", targets, Shape(x.shape().begin(), x.shape().end() - 1));
  check_dtype("softmax_cross_entropy", "targets", targets, DType::kInt32);
  if (!(label_smoothing >= 0.0f && label_smoothing < 1.0f))
    throw std::invalid_argument(
        fmt::format("softmax_cross_entropy: label_smoothing must be in [0, 1), got {}", label_smoothing));
  const auto scalar = [&] { return Tensor({1}, accumulate_dtype(x.dtype()), x.device()); };
  Tensor mean = scalar(), sum = scalar(), count = scalar();
  Tensor row_loss({targets.elements()}, accumulate_dtype(x.dtype()), x.device());
  dispatch(x.device(), x.dtype(), [&](auto& context, auto zero) {
    using T = decltype(zero);
    using A = kernels::Accumulate<T>;
    softmax_cross_entropy(context, kernels::SoftmaxCrossEntropy<T>{.rows = targets.elements(),
                                                                   .vocabulary = x.shape().back(),
                                                                   .targets = targets.data<std::int32_t>(),
                                                                   .ignore = ignore,
                                                                   .smoothing = label_smoothing,
                                                                   .logits = x.data<T>(),
                                                                   .write_gradient = will_record({logits}),
                                                                   .loss_mean = mean.data<A>(),
                                                                   .loss_sum = sum.data<A>(),
                                                                   .count = count.data<A>(),
                                                                   .row_loss = row_loss.data<A>()});
  });
  Variable loss = record({std::move(mean)}, {logits}, [logits](std::span<const Tensor> d_mean) {
    Tensor gradient = logits.value();  // already the gradient of the mean
    dispatch(gradient.device(), gradient.dtype(), [&](auto& context, auto zero) {
      using T = decltype(zero);
      scale_by_scalar(context, kernels::ScaleByScalar<T>{.size = gradient.elements(),
                                                         .factor = d_mean[0].data<kernels::Accumulate<T>>(),
                                                         .x = gradient.data<T>()});
    });
    logits.add_gradient(std::move(gradient));
  })[0];
  return {std::move(loss), std::move(sum), std::move(count)};
}

}  // namespace favras
