#include "apps/seq2seq/batch.h"

#include <algorithm>

#include "apps/seq2seq/data/vocabulary.h"

namespace favras::seq2seq {

PaddedIds pad(std::span<const Ids> lines, std::int64_t rows, Device device) {
  std::size_t longest = 1;
  for (const Ids& line : lines) longest = std::max(longest, line.size());
  const auto time = static_cast<std::int64_t>(longest);
  std::vector<std::int32_t> ids(longest * rows, kPad), lengths(rows, 0);
  for (std::size_t row = 0; row < lines.size(); ++row) {
    lengths[row] = static_cast<std::int32_t>(lines[row].size());
    for (std::size_t t = 0; t < lines[row].size(); ++t) ids[t * rows + row] = lines[row][t];
  }
  return {Tensor::from(ids, {time, rows}, device), Tensor::from(lengths, {rows}, device)};
}

Batch make_batch(std::span<const Ids> sources, std::span<const Ids> targets, std::int64_t rows,
                 Device device) {
  std::vector<Ids> inputs, outputs;
  for (const Ids& target : targets) {
    inputs.push_back({kGo});
    inputs.back().insert(inputs.back().end(), target.begin(), target.end());
    outputs.push_back(target);
    outputs.back().push_back(kEos);
  }
  PaddedIds source = pad(sources, rows, device), input = pad(inputs, rows, device),
            output = pad(outputs, rows, device);
  return {.source = std::move(source.ids),
          .source_lengths = std::move(source.lengths),
          .decoder_input = std::move(input.ids),
          .targets = std::move(output.ids),
          .target_lengths = std::move(output.lengths),
          .lines = static_cast<std::int64_t>(sources.size())};
}

}  // namespace favras::seq2seq
