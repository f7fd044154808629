#include "apps/seq2seq/decoding/decode.h"

#include <algorithm>
#include <numeric>

#include "apps/seq2seq/data/vocabulary.h"
#include "apps/seq2seq/decoding/beam_search.h"
#include "apps/seq2seq/decoding/decoder_rows.h"
#include "engine/ops/argmax.h"
#include "engine/ops/negative_log_likelihood.h"

namespace favras::seq2seq {

namespace {

// Rows enough for fast products; long lines go in smaller batches, since the encoder's memory grows with rows
// times characters.
constexpr std::size_t kBatchRows = 256, kBatchCharacters = kBatchRows * 64;

}  // namespace

bool ends_line(std::int32_t id) { return id == kEos || id == kPad || id == kGo; }

std::vector<Decoded> greedy_decode(const Model& model, std::span<const Ids> sources, bool probabilities) {
  std::vector<Decoded> outputs(sources.size());
  if (sources.empty()) return outputs;
  DecoderRows rows(model, sources);
  std::vector<std::size_t> lines(sources.size());  // of the rows
  std::iota(lines.begin(), lines.end(), std::size_t{0});
  Ids last(sources.size(), kGo);
  while (!lines.empty()) {
    const Tensor logits = rows.step(last);
    const Tensor best = argmax(logits);
    const auto losses =
        probabilities ? negative_log_likelihood(logits, best).to_host<float>() : std::vector<float>();
    const Ids ids = best.to_host<std::int32_t>();
    // Those that have ended leave.
    Ids staying;
    for (std::size_t row = 0; row < ids.size(); ++row) {
      Decoded& output = outputs[lines[row]];
      if (probabilities) output.log_probabilities.push_back(-losses[row]);
      if (ends_line(ids[row])) continue;
      output.ids.push_back(ids[row]);
      const auto length = static_cast<std::int64_t>(sources[lines[row]].size());
      if (static_cast<std::int64_t>(output.ids.size()) == decode_limit(length)) continue;
      lines[staying.size()] = lines[row];
      last[staying.size()] = ids[row];
      staying.push_back(static_cast<std::int32_t>(row));
    }
    lines.resize(staying.size());
    last.resize(staying.size());
    if (!staying.empty()) rows.select(staying);
  }
  return outputs;
}

void for_batches(std::span<const Ids> sources, std::size_t outputs,
                 const std::function<void(std::span<const std::size_t> places)>& batch) {
  std::vector<std::size_t> order(sources.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return sources[a].size() > sources[b].size(); });
  for (std::size_t first = 0; first < order.size();) {
    const std::size_t longest = std::max<std::size_t>(1, sources[order[first]].size());
    const std::size_t rows = std::min(kBatchRows, kBatchCharacters / longest);
    const std::size_t lines = std::max<std::size_t>(1, rows / outputs);
    const auto places = std::span(order).subspan(first, std::min(lines, order.size() - first));
    first += places.size();
    batch(places);
  }
}

std::vector<Decoded> decode(const Model& model, std::span<const Ids> sources, const DecodeOptions& options) {
  std::vector<Decoded> outputs(sources.size());
  for_batches(sources, static_cast<std::size_t>(options.beam), [&](std::span<const std::size_t> places) {
    std::vector<Ids> batch;
    for (const std::size_t line : places) batch.push_back(sources[line]);
    std::vector<Decoded> decoded = options.beam == 1
                                       ? greedy_decode(model, batch, options.probabilities)
                                       : beam_search(model, batch, options.beam, options.alternatives);
    for (std::size_t row = 0; row < places.size(); ++row) outputs[places[row]] = std::move(decoded[row]);
  });
  return outputs;
}

}  // namespace favras::seq2seq
