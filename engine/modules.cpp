#include "engine/modules.h"

#include <stdexcept>

#include <fmt/format.h>

#include "engine/ops/concatenate.h"
#include "engine/ops/embedding.h"
#include "engine/ops/linear.h"
#include "engine/ops/reshape.h"

namespace favras {
namespace {

std::string layer_name(const std::string& prefix, const char* what, std::int64_t layer,
                       bool reverse = false) {
  return prefix + "." + what + "_l" + std::to_string(layer) + (reverse ? "_reverse" : "");
}

void declare_layer(ParameterArena& arena, const std::string& prefix, std::int64_t layer, bool reverse,
                   std::int64_t inputs, std::int64_t hidden_size) {
  const std::int64_t gates = 4 * hidden_size;
  arena.declare(layer_name(prefix, "weight_ih", layer, reverse), {gates, inputs},
                he_normal(inputs + hidden_size));
  arena.declare(layer_name(prefix, "weight_hh", layer, reverse), {gates, hidden_size},
                he_normal(inputs + hidden_size));
  arena.declare(layer_name(prefix, "bias_ih", layer, reverse), {gates}, lstm_bias(hidden_size));
}

LstmParameters layer_of(const ParameterArena& arena, const std::string& prefix, std::int64_t layer,
                        bool reverse = false) {
  return {arena.at(layer_name(prefix, "weight_ih", layer, reverse)),
          arena.at(layer_name(prefix, "weight_hh", layer, reverse)),
          arena.at(layer_name(prefix, "bias_ih", layer, reverse))};
}

// [1, B, H] of each layer -> [L, B, H]
Variable stacked(const std::vector<Variable>& layers) {
  const Shape& shape = layers[0].value().shape();
  std::vector<Variable> flat;
  for (const Variable& layer : layers) flat.push_back(reshape(layer, {layer.value().elements()}));
  return reshape(concatenate(flat), {static_cast<std::int64_t>(layers.size()), shape[1], shape[2]});
}

}  // namespace

Embedding::Embedding(ParameterArena& arena, const std::string& prefix, std::int64_t vocabulary,
                     std::int64_t size)
    : arena_(&arena), prefix_(prefix) {
  // Near unit variance, as the He initialisation of the layer above expects of its input. A tenth of this
  // costs the letter-sorting task 12 points of accuracy after its 60 epochs (docs/results/sorting.md).
  arena.declare(prefix + ".weight", {vocabulary, size}, uniform(-1.0, 1.0));
}

Variable Embedding::operator()(const Tensor& ids) const { return embedding(weight(), ids); }

Linear::Linear(ParameterArena& arena, const std::string& prefix, std::int64_t inputs, std::int64_t outputs)
    : arena_(&arena), prefix_(prefix) {
  arena.declare(prefix + ".weight", {outputs, inputs}, truncated_normal(0.1));
  arena.declare(prefix + ".bias", {outputs}, constant(0.0));
}

Variable Linear::operator()(const Variable& x) const {
  return linear(x, arena_->at(prefix_ + ".weight"), arena_->at(prefix_ + ".bias"));
}

Lstm::Lstm(ParameterArena& arena, const std::string& prefix, std::int64_t inputs, std::int64_t hidden_size,
           std::int64_t layers)
    : arena_(&arena), prefix_(prefix), layers_(layers) {
  for (std::int64_t layer = 0; layer < layers; ++layer)
    declare_layer(arena, prefix, layer, false, layer == 0 ? inputs : hidden_size, hidden_size);
}

std::vector<LstmParameters> Lstm::layers() const {
  std::vector<LstmParameters> layers;
  for (std::int64_t layer = 0; layer < layers_; ++layer) layers.push_back(layer_of(*arena_, prefix_, layer));
  return layers;
}

LstmResult Lstm::operator()(const LstmInput& input, const Tensor& lengths, const LstmStates& initial,
                            const LstmOptions& options) const {
  return lstm(input, lengths, layers(), initial, options);
}

BidirectionalLstm::BidirectionalLstm(ParameterArena& arena, const std::string& prefix, std::int64_t inputs,
                                     std::int64_t hidden_size, std::int64_t layers)
    : arena_(&arena), prefix_(prefix), layers_(layers) {
  if (hidden_size % 2 != 0)
    throw std::invalid_argument(
        fmt::format("a bidirectional LSTM has an even hidden size, not {}", hidden_size));
  for (std::int64_t layer = 0; layer < layers; ++layer)
    for (const bool reverse : {false, true})
      declare_layer(arena, prefix, layer, reverse, layer == 0 ? inputs : hidden_size, hidden_size / 2);
}

LstmResult BidirectionalLstm::operator()(const LstmInput& input, const Tensor& lengths,
                                         const kernels::DropoutMask& dropout) const {
  LstmInput below = input;
  std::vector<Variable> hidden, cell;
  for (std::int64_t layer = 0; layer < layers_; ++layer) {
    std::vector<LstmResult> ways;
    for (const bool reverse : {false, true}) {
      LstmOptions options{.dropout = dropout, .reverse = reverse};
      options.dropout.stream += static_cast<std::uint32_t>(2 * layer + reverse);
      ways.push_back(
          lstm(below, lengths, std::vector{layer_of(*arena_, prefix_, layer, reverse)}, {}, options));
    }
    below = {.sequence = concatenate({ways[0].outputs[0], ways[1].outputs[0]})};
    hidden.push_back(concatenate({ways[0].final.hidden, ways[1].final.hidden}));
    cell.push_back(concatenate({ways[0].final.cell, ways[1].final.cell}));
  }
  return {{below.sequence}, {stacked(hidden), stacked(cell)}};
}

}  // namespace favras
