#include "engine/ops/argmax.h"

#include "engine/dispatch.h"
#include "engine/ops/check.h"
#include "kernels/argmax/argmax.h"

namespace favras {

Tensor argmax(const Tensor& x) {
  check_float("argmax", "x", x);
  if (x.shape().empty() || x.shape().back() == 0)
    throw std::invalid_argument("argmax: rows of x must hold something, got " + to_string(x.shape()));
  Tensor index(Shape(x.shape().begin(), x.shape().end() - 1), DType::kInt32, x.device());
  dispatch(x.device(), x.dtype(), [&](auto& context, auto zero) {
    using T = decltype(zero);
    argmax(context, kernels::Argmax<T>{.rows = index.elements(),
                                       .columns = x.shape().back(),
                                       .x = x.data<T>(),
                                       .index = index.data<std::int32_t>()});
  });
  return index;
}

}  // namespace favras
