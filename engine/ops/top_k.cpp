#include "engine/ops/top_k.h"

#include "engine/dispatch.h"
#include "engine/ops/check.h"
#include "kernels/top_k/top_k.h"

namespace favras {

TopK top_k(const Tensor& x, std::int64_t k) {
  check_float("top_k", "x", x);
  if (x.shape().empty()) throw std::invalid_argument("top_k: x must have rows, got " + to_string(x.shape()));
  const std::int64_t columns = x.shape().back();
  Shape shape(x.shape().begin(), x.shape().end() - 1);
  const std::int64_t rows = element_count(shape);
  kernels::check_k(kernels::TopK<float>{.rows = rows, .columns = columns, .k = k});
  shape.push_back(k);
  TopK found{Tensor(shape, accumulate_dtype(x.dtype()), x.device()),
             Tensor(shape, DType::kInt32, x.device())};
  dispatch(x.device(), x.dtype(), [&](auto& context, auto zero) {
    using T = decltype(zero);
    top_k(context, kernels::TopK<T>{.rows = rows,
                                    .columns = columns,
                                    .k = k,
                                    .x = x.data<T>(),
                                    .values = found.values.data<kernels::Accumulate<T>>(),
                                    .indices = found.indices.data<std::int32_t>()});
  });
  return found;
}

}  // namespace favras
