#include "apps/seq2seq/model/batch.h"

#include <algorithm>
#include <numeric>

#include "apps/seq2seq/data/vocabulary.h"

namespace favras::seq2seq {
namespace {

// One side of a batch: [time, rows], padded with PAD, and lengths.
struct Side {
  std::int64_t longest = 1, time = 1;  // before and after rounding up
  Ids ids, lengths;

  std::int64_t filled() const { return std::accumulate(lengths.begin(), lengths.end(), std::int64_t{0}); }
};

enum class Mark { kNone, kGoFirst, kEosLast };

Side lay_out_side(std::span<const Ids> lines, std::int64_t rows, std::int64_t time_step, Mark mark) {
  const std::size_t marks = mark == Mark::kNone ? 0 : 1;
  Side side;
  for (const Ids& line : lines)
    side.longest = std::max(side.longest, static_cast<std::int64_t>(line.size() + marks));
  side.time = (side.longest + time_step - 1) / time_step * time_step;
  side.ids.assign(static_cast<std::size_t>(side.time * rows), kPad);
  side.lengths.assign(static_cast<std::size_t>(rows), 0);
  for (std::size_t row = 0; row < lines.size(); ++row) {
    std::int32_t* cell = side.ids.data() + row;
    const auto put = [&](std::int32_t id) {
      *cell = id;
      cell += rows;
    };
    if (mark == Mark::kGoFirst) put(kGo);
    for (const std::int32_t id : lines[row]) put(id);
    if (mark == Mark::kEosLast) put(kEos);
    side.lengths[row] = static_cast<std::int32_t>(lines[row].size() + marks);
  }
  return side;
}

double padding(std::int64_t filled, std::int64_t cells) {
  return cells == 0 ? 0.0 : 1.0 - static_cast<double>(filled) / static_cast<double>(cells);
}

}  // namespace

Cells& Cells::operator+=(const Cells& more) {
  filled += more.filled;
  needed += more.needed;
  laid_out += more.laid_out;
  return *this;
}

double Cells::padding_share() const { return padding(filled, needed); }
double Cells::laid_out_padding_share() const { return padding(filled, laid_out); }

HostBatch lay_out(std::span<const Ids> sources, std::span<const Ids> targets, std::int64_t rows,
                  std::int64_t time_step) {
  Side source = lay_out_side(sources, rows, time_step, Mark::kNone),
       input = lay_out_side(targets, rows, time_step, Mark::kGoFirst),
       output = lay_out_side(targets, rows, time_step, Mark::kEosLast);
  const std::int64_t characters = output.filled();
  const Cells cells{.filled = source.filled() + characters,
                    .needed = rows * (source.longest + output.longest),
                    .laid_out = rows * (source.time + output.time)};
  return {.rows = rows,
          .source_time = source.time,
          .target_time = output.time,
          .source = std::move(source.ids),
          .source_lengths = std::move(source.lengths),
          .decoder_input = std::move(input.ids),
          .targets = std::move(output.ids),
          .target_lengths = std::move(output.lengths),
          .lines = static_cast<std::int64_t>(sources.size()),
          .target_characters = characters,
          .cells = cells};
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
