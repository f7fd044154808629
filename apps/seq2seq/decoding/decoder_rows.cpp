#include "apps/seq2seq/decoding/decoder_rows.h"

#include <algorithm>
#include <numeric>

#include "apps/seq2seq/data/vocabulary.h"
#include "engine/ops/embedding.h"

namespace favras::seq2seq {

namespace {

// Characters of every line that are read at a time. The encoder's memory is for so many, and of one size for
// lines of any length.
constexpr std::size_t kReadAtOnce = 16;

LstmStates read(const Model& model, std::span<const Ids> sources) {
  std::size_t longest = 1;
  for (const Ids& source : sources) longest = std::max(longest, source.size());
  const auto rows = static_cast<std::int64_t>(sources.size());
  const DeviceStepState state(model.device());
  LstmStates states;
  for (std::size_t first = 0; first < longest; first += kReadAtOnce) {
    Ids ids(kReadAtOnce * sources.size(), kPad), lengths;
    for (std::size_t row = 0; row < sources.size(); ++row) {
      const Ids& source = sources[row];
      const std::size_t end = std::min(source.size(), first + kReadAtOnce);
      for (std::size_t i = first; i < end; ++i) ids[(i - first) * sources.size() + row] = source[i];
      lengths.push_back(static_cast<std::int32_t>(end - std::min(first, end)));
    }
    states = model.encode(Tensor::from(ids, {kReadAtOnce, rows}, model.device()),
                          Tensor::from(lengths, {rows}, model.device()), 1.0f, state, states);
  }
  return states;
}

Tensor ones(std::size_t rows, Device device) {
  return Tensor::from(Ids(rows, 1), {static_cast<std::int64_t>(rows)}, device);
}

}  // namespace

DecoderRows::DecoderRows(const Model& model, std::span<const Ids> sources)
    : model_(&model), rows_(sources.size()), alive_(ones(rows_, model.device())) {
  const NoGradient no_gradient;
  states_ = read(model, sources);
  prepared_ = model.prepare_decoder();
}

Tensor DecoderRows::step(const Ids& last) {
  const auto rows = static_cast<std::int64_t>(rows_);
  const Tensor logits =
      model_->decode_step(Tensor::from(last, {1, rows}, model_->device()), alive_, prepared_, states_);
  return logits.reshape({rows, logits.size(2)});
}

void DecoderRows::select(const Ids& parents) {
  Ids rows(rows_);
  std::iota(rows.begin(), rows.end(), 0);
  if (parents == rows) return;
  const NoGradient no_gradient;
  const std::int64_t layers = states_.hidden.value().size(0), size = states_.hidden.value().size(2);
  Ids ids;  // rows of the states as [L * rows, H]
  for (std::int64_t layer = 0; layer < layers; ++layer)
    for (const std::int32_t parent : parents)
      ids.push_back(static_cast<std::int32_t>(layer) * static_cast<std::int32_t>(rows_) + parent);
  const Tensor places =
      Tensor::from(ids, {layers, static_cast<std::int64_t>(parents.size())}, model_->device());
  for (Variable* states : {&states_.hidden, &states_.cell})
    *states = embedding(Variable(states->value().reshape({layers * static_cast<std::int64_t>(rows_), size})),
                        places);
  rows_ = parents.size();
  alive_ = ones(rows_, model_->device());
}

}  // namespace favras::seq2seq
