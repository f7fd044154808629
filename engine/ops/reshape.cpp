#include "engine/ops/reshape.h"

namespace favras {

Variable reshape(const Variable& x, Shape shape) {
  return record({x.value().reshape(std::move(shape))}, {x},
                [x](std::span<const Tensor> dy) { x.add_gradient(dy[0].reshape(x.value().shape())); })[0];
}

}  // namespace favras
