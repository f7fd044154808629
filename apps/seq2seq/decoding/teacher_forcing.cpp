#include "apps/seq2seq/decoding/teacher_forcing.h"

#include <numeric>

#include "apps/seq2seq/data/vocabulary.h"
#include "apps/seq2seq/decoding/decode.h"
#include "apps/seq2seq/decoding/decoder_rows.h"
#include "engine/ops/negative_log_likelihood.h"

namespace favras::seq2seq {

namespace {

std::vector<Forced> force_batch(const Model& model, std::span<const Ids> sources,
                                std::span<const Ids> outputs, bool wants_weights) {
  std::vector<Forced> forced(sources.size());
  DecoderRows rows(model, sources);
  std::vector<std::size_t> lines(sources.size());  // of the rows
  std::iota(lines.begin(), lines.end(), std::size_t{0});
  Ids last(sources.size(), kGo);
  for (std::size_t step = 0; !lines.empty(); ++step) {
    Ids next;
    for (const std::size_t line : lines)
      next.push_back(step < outputs[line].size() ? outputs[line][step] : kEos);
    Tensor weights;
    const Tensor logits = rows.step(last, wants_weights ? &weights : nullptr);
    const auto count = static_cast<std::int64_t>(next.size());
    const auto losses =
        negative_log_likelihood(logits, Tensor::from(next, {count}, model.device())).to_host<float>();
    const auto looks = weights ? weights.to_host<float>() : std::vector<float>();
    // Those that have ended leave.
    Ids staying;
    for (std::size_t row = 0; row < next.size(); ++row) {
      const std::size_t line = lines[row];
      forced[line].log_probabilities.push_back(-losses[row]);
      if (weights) {
        const auto first = looks.begin() + static_cast<std::ptrdiff_t>(row * looks.size() / next.size());
        forced[line].weights.emplace_back(first, first + static_cast<std::ptrdiff_t>(sources[line].size()));
      }
      if (step == outputs[line].size()) continue;
      lines[staying.size()] = line;
      last[staying.size()] = next[row];
      staying.push_back(static_cast<std::int32_t>(row));
    }
    lines.resize(staying.size());
    last.resize(staying.size());
    if (!staying.empty()) rows.select(staying);
  }
  return forced;
}

}  // namespace

std::vector<Forced> force(const Model& model, std::span<const Ids> sources, std::span<const Ids> outputs,
                          bool weights) {
  std::vector<Forced> forced(sources.size());
  for_batches(sources, 1, [&](std::span<const std::size_t> places) {
    std::vector<Ids> batch, batch_outputs;
    for (const std::size_t line : places) {
      batch.push_back(sources[line]);
      batch_outputs.push_back(outputs[line]);
    }
    std::vector<Forced> of_batch = force_batch(model, batch, batch_outputs, weights);
    for (std::size_t row = 0; row < places.size(); ++row) forced[places[row]] = std::move(of_batch[row]);
  });
  return forced;
}

}  // namespace favras::seq2seq
