#include "apps/seq2seq/batch.h"

#include <algorithm>
#include <numeric>

#include "apps/seq2seq/data/vocabulary.h"

namespace favras::seq2seq {
namespace {

// One side of a batch: [time, rows], padded with PAD, and lengths.
struct Side {
  std::int64_t time = 0;
  Ids ids, lengths;
};

Side lay_out_side(std::span<const Ids> lines, std::int64_t rows, std::int64_t time_step) {
  std::size_t longest = 1;
  for (const Ids& line : lines) longest = std::max(longest, line.size());
  const std::int64_t time = (static_cast<std::int64_t>(longest) + time_step - 1) / time_step * time_step;
  Side side{time, Ids(static_cast<std::size_t>(time * rows), kPad), Ids(static_cast<std::size_t>(rows), 0)};
  for (std::size_t row = 0; row < lines.size(); ++row) {
    side.lengths[row] = static_cast<std::int32_t>(lines[row].size());
    for (std::size_t t = 0; t < lines[row].size(); ++t) side.ids[t * rows + row] = lines[row][t];
  }
  return side;
}

}  // namespace

PaddedIds pad(std::span<const Ids> lines, std::int64_t rows, Device device) {
  const Side side = lay_out_side(lines, rows, 1);
  return {Tensor::from(side.ids, {side.time, rows}, device), Tensor::from(side.lengths, {rows}, device)};
}

HostBatch lay_out(std::span<const Ids> sources, std::span<const Ids> targets, std::int64_t rows,
                  std::int64_t time_step) {
  std::vector<Ids> inputs, outputs;
  for (const Ids& target : targets) {
    inputs.push_back({kGo});
    inputs.back().insert(inputs.back().end(), target.begin(), target.end());
    outputs.push_back(target);
    outputs.back().push_back(kEos);
  }
  Side source = lay_out_side(sources, rows, time_step), input = lay_out_side(inputs, rows, time_step),
       output = lay_out_side(outputs, rows, time_step);
  const std::int64_t characters =
      std::accumulate(output.lengths.begin(), output.lengths.end(), std::int64_t{0});
  return {.rows = rows,
          .source_time = source.time,
          .target_time = output.time,
          .source = std::move(source.ids),
          .source_lengths = std::move(source.lengths),
          .decoder_input = std::move(input.ids),
          .targets = std::move(output.ids),
          .target_lengths = std::move(output.lengths),
          .lines = static_cast<std::int64_t>(sources.size()),
          .target_characters = characters};
}

Batch upload(const HostBatch& batch, Device device) {
  const auto ids = [&](std::int64_t time) { return Tensor({time, batch.rows}, DType::kInt32, device); };
  const auto lengths = [&] { return Tensor({batch.rows}, DType::kInt32, device); };
  Batch uploaded{.source = ids(batch.source_time),
                 .source_lengths = lengths(),
                 .decoder_input = ids(batch.target_time),
                 .targets = ids(batch.target_time),
                 .target_lengths = lengths()};
  upload(batch, uploaded);
  return uploaded;
}

void upload(const HostBatch& batch, Batch& into) {
  const auto copy = [](const Ids& ids, Tensor& tensor) {
    tensor.copy_from_host(ids.data(), ids.size() * sizeof(std::int32_t));
  };
  copy(batch.source, into.source);
  copy(batch.source_lengths, into.source_lengths);
  copy(batch.decoder_input, into.decoder_input);
  copy(batch.targets, into.targets);
  copy(batch.target_lengths, into.target_lengths);
  into.lines = batch.lines;
}

Batch make_batch(std::span<const Ids> sources, std::span<const Ids> targets, std::int64_t rows,
                 Device device) {
  return upload(lay_out(sources, targets, rows), device);
}

}  // namespace favras::seq2seq
