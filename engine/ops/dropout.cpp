#include "engine/ops/dropout.h"

#include "engine/dispatch.h"
#include "engine/ops/check.h"

namespace favras {
namespace {

Tensor masked(const Tensor& x, const kernels::DropoutMask& mask) {
  Tensor y(x.shape(), x.dtype(), x.device());
  const std::int64_t columns = x.shape().back();
  dispatch(x.device(), x.dtype(), [&](auto& context, auto zero) {
    using T = decltype(zero);
    dropout(context, kernels::Dropout<T>{.rows = columns > 0 ? x.elements() / columns : 0,
                                         .columns = columns,
                                         .mask = mask,
                                         .x = x.data<T>(),
                                         .y = y.data<T>()});
  });
  return y;
}

}  // namespace

Variable dropout(const Variable& x, const kernels::DropoutMask& mask) {
  if (!(mask.keep > 0.0f && mask.keep <= 1.0f))
    throw std::invalid_argument(fmt::format("dropout: keep must be in (0, 1], got {}", mask.keep));
  if (mask.keep == 1.0f) return x;
  check_float("dropout", "x", x.value());
  if (x.value().shape().empty()) throw std::invalid_argument("dropout: x must have at least one axis");
  return record({masked(x.value(), mask)}, {x},
                [x, mask](std::span<const Tensor> dy) { x.add_gradient(masked(dy[0], mask)); })[0];
}

}  // namespace favras
