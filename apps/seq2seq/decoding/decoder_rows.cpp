#include "apps/seq2seq/decoding/decoder_rows.h"

#include <algorithm>
#include <numeric>

#include "apps/seq2seq/data/vocabulary.h"
#include "engine/ops/embedding.h"

namespace favras::seq2seq {

namespace {

// Characters of every line that the original's encoder reads at a time: its memory is for so many, and of one
// size for lines of any length.
constexpr std::size_t kReadAtOnce = 16;

// The characters from `first` on of every source, `count` at most, side by side, and how many there are.
std::pair<Tensor, Tensor> part_of(std::span<const Ids> sources, std::size_t first, std::size_t count,
                                  Device device) {
  Ids ids(count * sources.size(), kPad), lengths;
  for (std::size_t row = 0; row < sources.size(); ++row) {
    const Ids& source = sources[row];
    const std::size_t end = std::min(source.size(), first + count);
    for (std::size_t i = first; i < end; ++i) ids[(i - first) * sources.size() + row] = source[i];
    lengths.push_back(static_cast<std::int32_t>(end - std::min(first, end)));
  }
  const auto rows = static_cast<std::int64_t>(sources.size());
  return {Tensor::from(ids, {static_cast<std::int64_t>(count), rows}, device),
          Tensor::from(lengths, {rows}, device)};
}

Encoded read(const Model& model, std::span<const Ids> sources) {
  std::size_t longest = 1;
  for (const Ids& source : sources) longest = std::max(longest, source.size());
  const bool whole = model.configuration().architecture == Architecture::kAttention;
  const std::size_t at_once = whole ? longest : kReadAtOnce;
  const DeviceStepState state(model.device());
  Encoded encoded;
  for (std::size_t first = 0; first < longest; first += at_once) {
    const auto [ids, lengths] = part_of(sources, first, at_once, model.device());
    encoded = model.encode(ids, lengths, 1.0f, state, encoded.states);
  }
  return encoded;
}

// Of x [N, B, H] the rows b that are named, in that order.
Variable selected(const Variable& x, const Ids& rows) {
  const std::int64_t count = x.value().size(0), batch = x.value().size(1), size = x.value().size(2);
  Ids ids;  // of x as [N * B, H]
  for (std::int64_t n = 0; n < count; ++n)
    for (const std::int32_t row : rows) ids.push_back(static_cast<std::int32_t>(n * batch) + row);
  const Tensor places =
      Tensor::from(ids, {count, static_cast<std::int64_t>(rows.size())}, x.value().device());
  return embedding(Variable(x.value().reshape({count * batch, size})), places);
}

Tensor ones(std::size_t rows, Device device) {
  return Tensor::from(Ids(rows, 1), {static_cast<std::int64_t>(rows)}, device);
}

}  // namespace

DecoderRows::DecoderRows(const Model& model, std::span<const Ids> sources)
    : model_(&model), rows_(sources.size()), alive_(ones(rows_, model.device())) {
  const NoGradient no_gradient;
  encoded_ = read(model, sources);
  prepared_ = model.prepare_decoder();
}

Tensor DecoderRows::step(const Ids& last, Tensor* weights) {
  const auto rows = static_cast<std::int64_t>(rows_);
  const Tensor logits = model_->decode_step(Tensor::from(last, {1, rows}, model_->device()), alive_,
                                            prepared_, encoded_, weights);
  if (weights && *weights) *weights = weights->reshape({rows, weights->size(2)});
  return logits.reshape({rows, logits.size(2)});
}

void DecoderRows::select(const Ids& parents) {
  Ids rows(rows_);
  std::iota(rows.begin(), rows.end(), 0);
  if (parents == rows) return;
  const NoGradient no_gradient;
  for (Variable* rows_of : {&encoded_.states.hidden, &encoded_.states.cell, &encoded_.memory})
    if (*rows_of) *rows_of = selected(*rows_of, parents);
  if (encoded_.lengths) {
    const Ids lengths = encoded_.lengths.to_host<std::int32_t>();
    Ids kept;
    for (const std::int32_t parent : parents) kept.push_back(lengths[static_cast<std::size_t>(parent)]);
    encoded_.lengths = Tensor::from(kept, {static_cast<std::int64_t>(kept.size())}, model_->device());
  }
  rows_ = parents.size();
  alive_ = ones(rows_, model_->device());
}

}  // namespace favras::seq2seq
