#include "engine/modules.h"

#include "engine/ops/embedding.h"
#include "engine/ops/linear.h"

namespace favras {
namespace {

std::string layer_name(const std::string& prefix, const char* what, std::int64_t layer) {
  return prefix + "." + what + "_l" + std::to_string(layer);
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
  for (std::int64_t layer = 0; layer < layers; ++layer) {
    const std::int64_t size = layer == 0 ? inputs : hidden_size;
    const std::int64_t gates = 4 * hidden_size;
    arena.declare(layer_name(prefix, "weight_ih", layer), {gates, size}, he_normal(size + hidden_size));
    arena.declare(layer_name(prefix, "weight_hh", layer), {gates, hidden_size},
                  he_normal(size + hidden_size));
    arena.declare(layer_name(prefix, "bias_ih", layer), {gates}, lstm_bias(hidden_size));
  }
}

std::vector<LstmParameters> Lstm::layers() const {
  std::vector<LstmParameters> layers;
  for (std::int64_t layer = 0; layer < layers_; ++layer)
    layers.push_back({arena_->at(layer_name(prefix_, "weight_ih", layer)),
                      arena_->at(layer_name(prefix_, "weight_hh", layer)),
                      arena_->at(layer_name(prefix_, "bias_ih", layer))});
  return layers;
}

LstmResult Lstm::operator()(const LstmInput& input, const Tensor& lengths, const LstmStates& initial,
                            const LstmOptions& options) const {
  return lstm(input, lengths, layers(), initial, options);
}

}  // namespace favras
