#include "engine/ops/attention.h"

#include "engine/dispatch.h"
#include "engine/ops/check.h"
#include "kernels/attention/attention.h"

namespace favras {
namespace {

using kernels::Accumulate;

// One call's arguments.
struct Call {
  Tensor query, memory, memory_lengths, query_lengths;

  Device device() const { return query.device(); }
  DType dtype() const { return query.dtype(); }
  // [T, B, columns]
  Shape steps(std::int64_t columns) const { return {query.size(0), query.size(1), columns}; }
  // [T, B]
  Tensor number_a_query() const {
    return Tensor({query.size(0), query.size(1)}, accumulate_dtype(dtype()), device());
  }

  template <class T>
  kernels::AttentionInput<T> input() const {
    return {.target = query.size(0),
            .batch = query.size(1),
            .source = memory.size(0),
            .size = query.size(2),
            .memory_lengths = memory_lengths.data<std::int32_t>(),
            .query_lengths = query_lengths.data<std::int32_t>(),
            .query = query.data<T>(),
            .memory = memory.data<T>()};
  }
};

void check(const Call& call) {
  check_shape("attention", "query", call.query, {kAny, kAny, kAny});
  check_float("attention", "query", call.query);
  const std::int64_t batch = call.query.size(1);
  check_shape("attention", "memory", call.memory, {kAny, batch, call.query.size(2)});
  check_dtype("attention", "memory", call.memory, call.dtype());
  check_shape("attention", "memory_lengths", call.memory_lengths, {batch});
  check_dtype("attention", "memory_lengths", call.memory_lengths, DType::kInt32);
  if (!call.query_lengths) return;
  check_shape("attention", "query_lengths", call.query_lengths, {batch});
  check_dtype("attention", "query_lengths", call.query_lengths, DType::kInt32);
}

// The contexts; weights may be none.
Tensor forward(const Call& call, const Tensor& log_sum_exp, const Tensor& weights) {
  Tensor context(call.query.shape(), call.dtype(), call.device());
  dispatch(call.device(), call.dtype(), [&](auto& device, auto zero) {
    using T = decltype(zero);
    attention_forward(device, kernels::AttentionForward<T>{.input = call.input<T>(),
                                                           .context = context.data<T>(),
                                                           .log_sum_exp = log_sum_exp.data<Accumulate<T>>(),
                                                           .weights = weights.data<Accumulate<T>>()});
  });
  return context;
}

void backward(const Call& call, const Tensor& context, const Tensor& log_sum_exp, const Tensor& d_context,
              const Tensor& d_query, const Tensor& d_memory) {
  const Tensor workspace = call.number_a_query();
  dispatch(call.device(), call.dtype(), [&](auto& device, auto zero) {
    using T = decltype(zero);
    attention_backward(device, kernels::AttentionBackward<T>{.input = call.input<T>(),
                                                             .context = context.data<T>(),
                                                             .log_sum_exp = log_sum_exp.data<Accumulate<T>>(),
                                                             .d_context = d_context.data<T>(),
                                                             .workspace = workspace.data<Accumulate<T>>(),
                                                             .d_query = d_query.data<T>(),
                                                             .d_memory = d_memory.data<T>()});
  });
}

Tensor gradient_for(const Variable& v) {
  return v.requires_grad() ? Tensor(v.value().shape(), v.value().dtype(), v.value().device()) : Tensor();
}

}  // namespace

Variable attention(const Variable& query, const Variable& memory, const Tensor& memory_lengths,
                   const Tensor& query_lengths) {
  const Call call{query.value(), memory.value(), memory_lengths, query_lengths};
  check(call);
  const Tensor log_sum_exp = call.number_a_query();
  const Tensor context = forward(call, log_sum_exp, {});
  return record({context}, {query, memory}, [=](std::span<const Tensor> d_context) {
    const Tensor d_query = gradient_for(query), d_memory = gradient_for(memory);
    backward(call, context, log_sum_exp, d_context[0], d_query, d_memory);
    if (d_query) query.add_gradient(d_query);
    if (d_memory) memory.add_gradient(d_memory);
  })[0];
}

Alignment alignment(const Tensor& query, const Tensor& memory, const Tensor& memory_lengths,
                    const Tensor& query_lengths) {
  const Call call{query, memory, memory_lengths, query_lengths};
  check(call);
  Tensor weights(call.steps(memory.size(0)), accumulate_dtype(call.dtype()), call.device());
  Tensor context = forward(call, call.number_a_query(), weights);
  return {std::move(context), std::move(weights)};
}

}  // namespace favras
