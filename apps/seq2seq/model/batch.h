// A batch of source and target lines as the model takes them. Letters: T longest source, U longest target
// with its end-of-line, B batch.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/tensor.h"

namespace favras::seq2seq {

using Ids = std::vector<std::int32_t>;

struct Batch {
  Tensor source;           // [T, B], padded with PAD
  Tensor source_lengths;   // [B]
  Tensor decoder_input;    // [U, B]: GO, then the target
  Tensor targets;          // [U, B]: the target, then EOS, then PAD
  Tensor target_lengths;   // [B]: with EOS; 0 for a row that fills up the batch
  std::int64_t lines = 0;  // rows that hold a line
};

// Cells of sources [T, B] and targets [U, B], of one batch or of many.
struct Cells {
  std::int64_t filled = 0;    // with a character or an end of line
  std::int64_t needed = 0;    // with T and U those of the longest lines
  std::int64_t laid_out = 0;  // with T and U as they are, rounded up

  Cells& operator+=(const Cells& more);
  double padding_share() const;           // of those needed; 0 of none
  double laid_out_padding_share() const;  // of those laid out
  friend bool operator==(const Cells&, const Cells&) = default;
};

// A batch in host memory, laid out as the tensors above are.
struct HostBatch {
  std::int64_t rows = 0, source_time = 0, target_time = 0;  // B, T, U
  Ids source, source_lengths, decoder_input, targets, target_lengths;
  std::int64_t lines = 0;
  std::int64_t target_characters = 0;  // with every line's end: what the mean loss is taken over
  Cells cells;

  Shape shape() const { return {source_time, target_time, rows}; }
  friend bool operator==(const HostBatch&, const HostBatch&) = default;
};

// sources[i] and targets[i] are characters alone, no GO or EOS. rows >= sources.size(): rows above it are
// of length 0. T and U are rounded up to a multiple of `time_step`, so that fewer shapes occur.
HostBatch lay_out(std::span<const Ids> sources, std::span<const Ids> targets, std::int64_t rows,
                  std::int64_t time_step = 1);

Batch upload(const HostBatch& batch, Device device = {});
void upload(const HostBatch& batch, Batch& into);  // of the same shape

// Both at once.
Batch make_batch(std::span<const Ids> sources, std::span<const Ids> targets, std::int64_t rows,
                 Device device = {});

}  // namespace favras::seq2seq
