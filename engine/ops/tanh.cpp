#include "engine/ops/tanh.h"

#include "engine/dispatch.h"
#include "engine/ops/check.h"
#include "kernels/tanh/tanh.h"

namespace favras {

Variable tanh(const Variable& x) {
  const Tensor& from = x.value();
  check_float("tanh", "x", from);
  Tensor y(from.shape(), from.dtype(), from.device());
  dispatch(y.device(), y.dtype(), [&](auto& context, auto zero) {
    using T = decltype(zero);
    tanh_forward(context,
                 kernels::TanhForward<T>{.size = y.elements(), .x = from.data<T>(), .y = y.data<T>()});
  });
  return record({y}, {x}, [x, y](std::span<const Tensor> dy) {
    Tensor dx(y.shape(), y.dtype(), y.device());
    dispatch(y.device(), y.dtype(), [&](auto& context, auto zero) {
      using T = decltype(zero);
      tanh_backward(context,
                    kernels::TanhBackward<T>{
                        .size = y.elements(), .y = y.data<T>(), .dy = dy[0].data<T>(), .dx = dx.data<T>()});
    });
    x.add_gradient(std::move(dx));
  })[0];
}

}  // namespace favras
