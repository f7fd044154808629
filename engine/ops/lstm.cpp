#include "engine/ops/lstm.h"

#include "engine/dispatch.h"
#include "engine/ops/check.h"
#include "engine/ops/embedding.h"
#include "kernels/bias/bias.h"
#include "kernels/elementwise/elementwise.h"
#include "kernels/gemm/gemm.h"
#include "kernels/lstm/lstm.h"
#include "kernels/lstm/lstm_cudnn.h"

namespace favras {
namespace {

using kernels::Accumulate;
using kernels::LstmShape;

// One call: what it was given, and what it keeps for its backward.
struct Call {
  LstmShape shape;
  LstmInput input;
  Tensor lengths;
  std::vector<LstmParameters> layers;
  LstmStates initial;
  kernels::DropoutMask dropout;
  LstmOutputs wanted;
  LstmBackend backend;
  Tensor reserve;

  Device device() const { return lengths.device(); }
  DType dtype() const { return layers[0].weight_hh.value().dtype(); }
  Shape sequence_shape() const { return {shape.time, shape.batch, shape.hidden_size}; }
  Shape state_shape() const { return {shape.layers, shape.batch, shape.hidden_size}; }
  bool wants(std::int64_t layer) const {
    return wanted == LstmOutputs::kAll || (wanted == LstmOutputs::kTop && layer == shape.layers - 1);
  }
  Tensor allocate(Shape of) const { return Tensor(std::move(of), dtype(), device()); }
  Tensor allocate_full(Shape of) const { return Tensor(std::move(of), accumulate_dtype(dtype()), device()); }
};

template <class T>
T* pointer(const Variable& variable) {
  return variable ? variable.value().template data<T>() : nullptr;
}

// body(context, T{}) with the chosen kernels behind lstm_forward() and lstm_backward().
template <class Body>
void dispatch(const Call& call, const Body& body) {
  if (call.backend == LstmBackend::kCudnn)
    dispatch_cudnn(call.device(), call.dtype(), body);
  else
    favras::dispatch(call.device(), call.dtype(), body);
}

// The kernel's arguments hold spans: their elements live here.
template <class T>
struct Arguments {
  std::vector<kernels::LstmWeights<T>> weights;
  std::vector<T*> outputs;
  kernels::LstmForward<T> forward;

  explicit Arguments(const Call& call) {
    for (const LstmParameters& layer : call.layers)
      weights.push_back({pointer<T>(layer.weight_ih), pointer<T>(layer.weight_hh), pointer<T>(layer.bias)});
    forward = {.shape = call.shape,
               .lengths = call.lengths.data<std::int32_t>(),
               .input = pointer<T>(call.input.sequence),
               .ids = call.input.ids.data<std::int32_t>(),
               .projected_table = call.input.projected.data<Accumulate<T>>(),
               .weights = weights,
               .initial_hidden = pointer<Accumulate<T>>(call.initial.hidden),
               .initial_cell = pointer<Accumulate<T>>(call.initial.cell),
               .dropout = call.dropout,
               .packed = call.input.packed.raw(),
               .reserve = call.reserve.raw()};
  }
};

Tensor workspace(auto& context, const Call& call, auto zero) {
  const std::size_t bytes = lstm_workspace_bytes<decltype(zero)>(context, call.shape);
  return Tensor({static_cast<std::int64_t>(bytes)}, DType::kByte, call.device());
}

void check(const Call& call) {
  const LstmInput& input = call.input;
  if (bool(input.sequence) == bool(input.embedding))
    throw std::invalid_argument("lstm: give either a sequence or an embedding with ids");
  check_dtype("lstm", "lengths", call.lengths, DType::kInt32);
  check_shape("lstm", "lengths", call.lengths, {call.shape.batch});
  const std::int64_t hidden = call.shape.hidden_size, gates = kernels::kLstmGates * hidden;
  std::int64_t size = input.sequence ? input.sequence.value().size(2) : input.embedding.value().size(1);
  for (const LstmParameters& layer : call.layers) {
    check_shape("lstm", "weight_ih", layer.weight_ih.value(), {gates, size});
    check_shape("lstm", "weight_hh", layer.weight_hh.value(), {gates, hidden});
    check_shape("lstm", "bias", layer.bias.value(), {gates});
    size = hidden;
  }
  if (call.initial.hidden)
    check_shape("lstm", "initial hidden", call.initial.hidden.value(), call.state_shape());
  if (call.initial.cell) check_shape("lstm", "initial cell", call.initial.cell.value(), call.state_shape());
  if (!(call.dropout.keep > 0.0f && call.dropout.keep <= 1.0f))
    throw std::invalid_argument(fmt::format("lstm: keep must be in (0, 1], got {}", call.dropout.keep));
}

// x in another type, or x itself if it has that type already.
template <class To, class From>
Tensor converted(auto& context, const Tensor& x) {
  if constexpr (std::is_same_v<To, From>) {
    return x;
  } else {
    Tensor y(x.shape(), kDTypeOf<To>, x.device());
    convert(context,
            kernels::Convert<From, To>{.size = x.elements(), .x = x.data<From>(), .y = y.data<To>()});
    return y;
  }
}

// Gradients of the projected table go on to the embedding, weight_ih and the bias.
template <class T>
void unproject(auto& context, const Call& call, const Tensor& d_table) {
  using A = Accumulate<T>;
  const Variable& embedding = call.input.embedding;
  const LstmParameters& layer = call.layers[0];
  const std::int64_t gates = d_table.size(1), size = embedding.value().size(1), vocabulary = d_table.size(0);
  const Tensor factor = converted<T, A>(context, d_table);
  if (embedding.requires_grad()) {
    const GradientTarget target = embedding.gradient_target();
    gemm(context, kernels::Gemm<T, A>{.m = vocabulary,
                                      .n = size,
                                      .k = gates,
                                      .a = factor.data<T>(),
                                      .b = pointer<T>(layer.weight_ih),
                                      .c = target.tensor.data<A>(),
                                      .beta = A(target.accumulate)});
  }
  if (layer.weight_ih.requires_grad()) {
    const GradientTarget target = layer.weight_ih.gradient_target();
    gemm(context, kernels::Gemm<T, A>{.m = gates,
                                      .n = size,
                                      .k = vocabulary,
                                      .a = factor.data<T>(),
                                      .b = pointer<T>(embedding),
                                      .c = target.tensor.data<A>(),
                                      .transpose_a = true,
                                      .beta = A(target.accumulate)});
  }
  if (layer.bias.requires_grad()) {
    const GradientTarget target = layer.bias.gradient_target();
    bias_backward(context, kernels::BiasBackward<A>{.rows = vocabulary,
                                                    .columns = gates,
                                                    .dy = d_table.data<A>(),
                                                    .d_bias = target.tensor.data<A>(),
                                                    .beta = A(target.accumulate)});
  }
}

// Output gradients come in the order of record(): the wanted outputs, final hidden, final cell.
void backward(const Call& call, std::span<const Tensor> gradients) {
  dispatch(call, [&](auto& context, auto zero) {
    using T = decltype(zero);
    using A = Accumulate<T>;
    Arguments<T> arguments(call);
    std::vector<const T*> d_outputs;
    std::size_t next = 0;
    for (std::int64_t l = 0; l < call.shape.layers; ++l)
      d_outputs.push_back(call.wants(l) ? gradients[next++].data<T>() : nullptr);

    const bool from_ids = bool(call.input.embedding);
    const auto added = [](const Variable& variable) {
      return variable.requires_grad() ? variable.zeroed_gradient_target().template data<A>() : nullptr;
    };
    std::vector<kernels::LstmWeightGradients<T>> d_weights;
    for (std::size_t l = 0; l < call.layers.size(); ++l) {
      const LstmParameters& layer = call.layers[l];
      const bool projected = from_ids && l == 0;  // then unproject() sees to weight_ih and the bias
      d_weights.push_back({projected ? nullptr : added(layer.weight_ih), added(layer.weight_hh),
                           projected ? nullptr : added(layer.bias)});
    }
    const auto fresh = [&](const Variable& variable) {
      return variable.requires_grad()
                 ? Tensor(variable.value().shape(), variable.value().dtype(), call.device())
                 : Tensor();
    };
    const Tensor d_sequence = fresh(call.input.sequence), d_hidden = fresh(call.initial.hidden),
                 d_cell = fresh(call.initial.cell);
    const Tensor d_table =
        from_ids ? Tensor::zeros(call.input.projected.shape(), kDTypeOf<A>, call.device()) : Tensor();
    const Tensor scratch = workspace(context, call, zero);
    lstm_backward(context, kernels::LstmBackward<T>{.forward = arguments.forward,
                                                    .d_outputs = d_outputs,
                                                    .d_final_hidden = gradients[next].data<A>(),
                                                    .d_final_cell = gradients[next + 1].data<A>(),
                                                    .d_weights = d_weights,
                                                    .d_input = d_sequence.data<T>(),
                                                    .d_projected_table = d_table.data<A>(),
                                                    .vocabulary = from_ids ? d_table.size(0) : 0,
                                                    .d_initial_hidden = d_hidden.data<A>(),
                                                    .d_initial_cell = d_cell.data<A>(),
                                                    .workspace = scratch.raw()});
    if (d_sequence) call.input.sequence.add_gradient(d_sequence);
    if (d_hidden) call.initial.hidden.add_gradient(d_hidden);
    if (d_cell) call.initial.cell.add_gradient(d_cell);
    if (from_ids) unproject<T>(context, call, d_table);
  });
}

}  // namespace

Tensor project_embedding(const Tensor& embedding, const LstmParameters& first_layer) {
  const Tensor& weight = first_layer.weight_ih.value();
  check_shape("project_embedding", "embedding", embedding, {kAny, weight.size(1)});
  Tensor projected({embedding.size(0), weight.size(0)}, accumulate_dtype(embedding.dtype()),
                   embedding.device());
  dispatch(embedding.device(), embedding.dtype(), [&](auto& context, auto zero) {
    using T = decltype(zero);
    using A = Accumulate<T>;
    gemm(context, kernels::Gemm<T, A>{.m = projected.size(0),
                                      .n = projected.size(1),
                                      .k = weight.size(1),
                                      .a = embedding.data<T>(),
                                      .b = weight.data<T>(),
                                      .c = projected.data<A>(),
                                      .transpose_b = true});
    const Tensor bias = converted<A, T>(context, first_layer.bias.value());
    bias_forward(context, kernels::BiasForward<A>{.rows = projected.size(0),
                                                  .columns = projected.size(1),
                                                  .bias = bias.data<A>(),
                                                  .y = projected.data<A>()});
  });
  return projected;
}

Tensor pack_weights(std::span<const LstmParameters> layers, bool sequence) {
  const Tensor& first = layers[0].weight_ih.value();
  const LstmShape shape{.input_size = sequence ? first.size(1) : 0,
                        .hidden_size = layers[0].weight_hh.value().size(1),
                        .layers = static_cast<std::int64_t>(layers.size())};
  Tensor packed;
  favras::dispatch(first.device(), first.dtype(), [&](auto& context, auto zero) {
    using T = decltype(zero);
    if constexpr (!kIsCuda<decltype(context)>) {
      std::vector<kernels::LstmWeights<T>> weights;
      for (const LstmParameters& layer : layers)
        weights.push_back({pointer<T>(layer.weight_ih), pointer<T>(layer.weight_hh), nullptr});
      packed = Tensor({static_cast<std::int64_t>(lstm_packed_bytes<T>(context, shape))}, DType::kByte,
                      first.device());
      lstm_pack<T>(context, shape, weights, packed.raw());
    }
  });
  return packed;
}

LstmResult lstm(const LstmInput& input, const Tensor& lengths, std::span<const LstmParameters> layers,
                const LstmStates& initial, const LstmOptions& options) {
  if (layers.empty()) throw std::invalid_argument("lstm: at least one layer");
  if (options.backend == LstmBackend::kCudnn && input.embedding)  // cuDNN knows sequences only
    return lstm({.sequence = embedding(input.embedding, input.ids)}, lengths, layers, initial, options);
  const Tensor& steps = input.sequence ? input.sequence.value() : input.ids;
  if (input.sequence)
    check_shape("lstm", "sequence", steps, {kAny, kAny, kAny});
  else
    check_shape("lstm", "ids", steps, {kAny, kAny});
  Call call{.shape = {.time = steps.size(0),
                      .batch = steps.size(1),
                      .input_size = input.sequence ? steps.size(2) : 0,
                      .hidden_size = layers[0].weight_hh.value().size(1),
                      .layers = static_cast<std::int64_t>(layers.size()),
                      .reverse = options.reverse},
            .input = input,
            .lengths = lengths,
            .layers = {layers.begin(), layers.end()},
            .initial = initial,
            .dropout = options.dropout,
            .wanted = options.outputs,
            .backend = options.backend,
            .reserve = {}};
  check(call);
  if (input.embedding && !call.input.projected)
    call.input.projected = project_embedding(input.embedding.value(), layers[0]);

  std::vector<Tensor> results;
  dispatch(call, [&](auto& context, auto zero) {
    using T = decltype(zero);
    const std::size_t bytes = lstm_reserve_bytes<T>(context, call.shape);
    call.reserve = Tensor({static_cast<std::int64_t>(bytes)}, DType::kByte, call.device());
    const Tensor scratch = workspace(context, call, zero);
    Arguments<T> arguments(call);
    for (std::int64_t l = 0; l < call.shape.layers; ++l) {
      if (call.wants(l)) results.push_back(call.allocate(call.sequence_shape()));
      arguments.outputs.push_back(call.wants(l) ? results.back().template data<T>() : nullptr);
    }
    for (int state = 0; state < 2; ++state) results.push_back(call.allocate_full(call.state_shape()));
    arguments.forward.outputs = arguments.outputs;
    arguments.forward.final_hidden = results[results.size() - 2].template data<Accumulate<T>>();
    arguments.forward.final_cell = results[results.size() - 1].template data<Accumulate<T>>();
    arguments.forward.workspace = scratch.raw();
    lstm_forward(context, arguments.forward);
  });

  std::vector<Variable> inputs{input.sequence, input.embedding, initial.hidden, initial.cell};
  for (const LstmParameters& layer : layers)
    inputs.insert(inputs.end(), {layer.weight_ih, layer.weight_hh, layer.bias});
  LstmResult result;
  result.outputs =
      record(std::move(results), std::move(inputs),
             [call = std::move(call)](std::span<const Tensor> gradients) { backward(call, gradients); });
  result.final.cell = std::move(result.outputs.back());
  result.outputs.pop_back();
  result.final.hidden = std::move(result.outputs.back());
  result.outputs.pop_back();
  return result;
}

}  // namespace favras
