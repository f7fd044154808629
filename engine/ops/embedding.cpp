#include "engine/ops/embedding.h"

#include "engine/dispatch.h"
#include "engine/ops/check.h"
#include "kernels/embedding/embedding.h"

namespace favras {

Variable embedding(const Variable& table, const Tensor& ids) {
  check_shape("embedding", "table", table.value(), {kAny, kAny});
  check_float("embedding", "table", table.value());
  check_dtype("embedding", "ids", ids, DType::kInt32);
  const Tensor& values = table.value();
  Shape shape = ids.shape();
  shape.push_back(values.size(1));
  Tensor y(std::move(shape), values.dtype(), values.device());
  dispatch(values.device(), values.dtype(), [&](auto& context, auto zero) {
    using T = decltype(zero);
    embedding_forward(context, kernels::EmbeddingForward<T>{.rows = ids.elements(),
                                                            .vocabulary = values.size(0),
                                                            .columns = values.size(1),
                                                            .ids = ids.data<std::int32_t>(),
                                                            .table = values.data<T>(),
                                                            .y = y.data<T>()});
  });
  return record({std::move(y)}, {table}, [table, ids](std::span<const Tensor> dy) {
    const GradientTarget d_table = table.gradient_target();
    dispatch(ids.device(), dy[0].dtype(), [&](auto& context, auto zero) {
      using T = decltype(zero);
      embedding_backward(context, kernels::EmbeddingBackward<T>{
                                      .rows = ids.elements(),
                                      .vocabulary = d_table.tensor.size(0),
                                      .columns = d_table.tensor.size(1),
                                      .ids = ids.data<std::int32_t>(),
                                      .dy = dy[0].data<T>(),
                                      .d_table = d_table.tensor.template data<kernels::Accumulate<T>>(),
                                      .beta = kernels::Accumulate<T>(d_table.accumulate)});
    });
  })[0];
}

}  // namespace favras
