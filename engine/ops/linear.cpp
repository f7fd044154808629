#include "engine/ops/linear.h"

#include "engine/dispatch.h"
#include "engine/ops/check.h"
#include "kernels/bias/bias.h"
#include "kernels/gemm/gemm.h"

namespace favras {
namespace {

using kernels::Gemm;

// All axes but the last, which may be of size 0.
std::int64_t rows_of(const Tensor& x) { return element_count({x.shape().begin(), x.shape().end() - 1}); }

void linear_backward(const Variable& x, const Variable& weight, const Variable& bias, const Tensor& dy) {
  const std::int64_t outputs = weight.value().size(0), inputs = weight.value().size(1);
  const std::int64_t rows = rows_of(dy);
  dispatch(dy.device(), dy.dtype(), [&](auto& context, auto zero) {
    using T = decltype(zero);
    using A = kernels::Accumulate<T>;
    if (x.requires_grad()) {
      const GradientTarget dx = x.gradient_target();
      gemm(context, Gemm<T>{.m = rows,
                            .n = inputs,
                            .k = outputs,
                            .a = dy.data<T>(),
                            .b = weight.value().template data<T>(),
                            .c = dx.tensor.template data<T>(),
                            .beta = A(dx.accumulate)});
    }
    if (weight.requires_grad()) {
      const GradientTarget d_weight = weight.gradient_target();
      gemm(context, Gemm<T, A>{.m = outputs,
                               .n = inputs,
                               .k = rows,
                               .a = dy.data<T>(),
                               .b = x.value().template data<T>(),
                               .c = d_weight.tensor.template data<A>(),
                               .transpose_a = true,
                               .beta = A(d_weight.accumulate)});
    }
    if (bias.requires_grad()) {
      const GradientTarget d_bias = bias.gradient_target();
      bias_backward(context, kernels::BiasBackward<T>{.rows = rows,
                                                      .columns = outputs,
                                                      .dy = dy.data<T>(),
                                                      .d_bias = d_bias.tensor.template data<A>(),
                                                      .beta = A(d_bias.accumulate)});
    }
  });
}

}  // namespace

Variable linear(const Variable& x, const Variable& weight, const Variable& bias) {
  check_shape("linear", "weight", weight.value(), {kAny, kAny});
  const std::int64_t outputs = weight.value().size(0), inputs = weight.value().size(1);
  Shape shape = x.value().shape();
  if (shape.empty() || shape.back() != inputs)
    throw std::invalid_argument("linear: x " + to_string(shape) + " does not fit weight " +
                                to_string(weight.value().shape()));
  if (bias) check_shape("linear", "bias", bias.value(), {outputs});
  check_float("linear", "x", x.value());
  check_dtype("linear", "weight", weight.value(), x.value().dtype());
  if (bias) check_dtype("linear", "bias", bias.value(), x.value().dtype());
  shape.back() = outputs;
  Tensor y(std::move(shape), x.value().dtype(), x.value().device());
  const std::int64_t rows = rows_of(x.value());
  dispatch(y.device(), y.dtype(), [&](auto& context, auto zero) {
    using T = decltype(zero);
    gemm(context, Gemm<T>{.m = rows,
                          .n = outputs,
                          .k = inputs,
                          .a = x.value().template data<T>(),
                          .b = weight.value().template data<T>(),
                          .c = y.data<T>(),
                          .transpose_b = true});
    if (bias)
      bias_forward(
          context,
          kernels::BiasForward<T>{
              .rows = rows, .columns = outputs, .bias = bias.value().template data<T>(), .y = y.data<T>()});
  });
  return record({std::move(y)}, {x, weight, bias}, [x, weight, bias](std::span<const Tensor> dy) {
    linear_backward(x, weight, bias, dy[0]);
  })[0];
}

}  // namespace favras
