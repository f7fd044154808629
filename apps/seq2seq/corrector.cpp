#include "apps/seq2seq/corrector.h"

#include <algorithm>
#include <numeric>

#include "apps/seq2seq/decode.h"
#include "apps/seq2seq/pieces.h"

namespace favras::seq2seq {

namespace {

constexpr std::size_t kBatchLines = 128;

}  // namespace

std::vector<std::string> Corrector::decode(std::span<const std::string> lines) const {
  std::vector<Ids> sources;
  for (const std::string& line : lines) sources.push_back(vocabulary_->encode(line));
  std::vector<std::size_t> order(lines.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return sources[a].size() > sources[b].size(); });

  std::vector<std::string> outputs(lines.size());
  for (std::size_t first = 0; first < order.size(); first += kBatchLines) {
    const auto batch = std::span(order).subspan(first, std::min(kBatchLines, order.size() - first));
    std::vector<Ids> batch_sources;
    for (const std::size_t line : batch) batch_sources.push_back(std::move(sources[line]));
    const std::vector<Ids> decoded = greedy_decode(*model_, batch_sources);
    for (std::size_t row = 0; row < batch.size(); ++row)
      outputs[batch[row]] = vocabulary_->decode(decoded[row]);
  }
  return outputs;
}

std::vector<std::string> Corrector::correct(std::span<const std::string> lines) const {
  std::vector<std::vector<Piece>> split;
  std::vector<std::string> inputs;  // the pieces for the model, of all lines in order
  for (const std::string& line : lines) {
    split.push_back(split_into_pieces(line, *vocabulary_, static_cast<std::size_t>(maximum_length_)));
    for (const Piece& piece : split.back())
      if (piece.for_model) inputs.push_back(piece.text);
  }
  const std::vector<std::string> decoded = decode(inputs);
  auto next = decoded.begin();
  std::vector<std::string> corrected;
  for (const std::vector<Piece>& pieces : split) {
    std::string& line = corrected.emplace_back();
    for (const Piece& piece : pieces) line += piece.for_model ? *next++ : piece.text;
  }
  return corrected;
}

}  // namespace favras::seq2seq
