#include "engine/ops/negative_log_likelihood.h"

#include "engine/dispatch.h"
#include "engine/ops/check.h"
#include "kernels/softmax_cross_entropy/softmax_cross_entropy.h"

namespace favras {

Tensor negative_log_likelihood(const Tensor& logits, const Tensor& classes) {
  check_float("negative_log_likelihood", "logits", logits);
  if (logits.shape().empty() || logits.shape().back() == 0)
    throw std::invalid_argument("negative_log_likelihood: rows of logits must hold something, got " +
                                to_string(logits.shape()));
  check_shape("negative_log_likelihood", "classes", classes,
              Shape(logits.shape().begin(), logits.shape().end() - 1));
  check_dtype("negative_log_likelihood", "classes", classes, DType::kInt32);
  const DType dtype = accumulate_dtype(logits.dtype());
  Tensor losses(classes.shape(), dtype, logits.device());
  const Tensor sums({3}, dtype, logits.device());  // of all rows, which nobody wants
  dispatch(logits.device(), logits.dtype(), [&](auto& context, auto zero) {
    using T = decltype(zero);
    using A = kernels::Accumulate<T>;
    softmax_cross_entropy(context, kernels::SoftmaxCrossEntropy<T>{.rows = classes.elements(),
                                                                   .vocabulary = logits.shape().back(),
                                                                   .targets = classes.data<std::int32_t>(),
                                                                   .ignore = -1,
                                                                   .logits = logits.data<T>(),
                                                                   .loss_mean = sums.data<A>(),
                                                                   .loss_sum = sums.data<A>() + 1,
                                                                   .count = sums.data<A>() + 2,
                                                                   .row_loss = losses.data<A>()});
  });
  return losses;
}

}  // namespace favras
