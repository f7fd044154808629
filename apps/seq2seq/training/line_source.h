// A dataset's lines as source and target ids: noise is made here, fresh by epoch, never stored.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "apps/seq2seq/data/dataset.h"
#include "apps/seq2seq/data/noise/noise.h"
#include "apps/seq2seq/model/batch.h"

namespace favras::seq2seq {

inline constexpr std::uint64_t kFrozenNoise = 0;  // the epoch of noise that never changes

// What a run has whose settings name none: the original's noise.
inline constexpr NoiseMix kDefaultNoise{.uniform = 1.0};

// Throws if the dataset cannot have this noise: UsageError if its lines are pairs, which have mistakes of
// their own, std::runtime_error if the noise needs misspellings and there are none.
void require_noise(const NoiseMix& mix, const Dataset& dataset);

class LineSource {
 public:
  // The dataset must outlive it. Pairs have no noise, whatever the mixture.
  explicit LineSource(const Dataset& dataset, const NoiseMix& mix = kDefaultNoise);

  // What the model reads for a line: its own source column, or the line with the epoch's noise.
  std::string source_text(const Line& line, std::uint64_t epoch) const;
  Ids source(const Line& line, std::uint64_t epoch) const;
  Ids target(const Line& line) const { return dataset_->vocabulary.encode(line.target); }

  // rows >= lines.size(); time_step as for lay_out(). unknown_share: of the characters of clean lines, spaces
  // apart, that are made unknown on both sides; mistakes come on top. Pairs stay as they are.
  HostBatch batch(std::span<const Line* const> lines, std::int64_t rows, std::uint64_t epoch,
                  std::int64_t time_step = 1, double unknown_share = 0.0) const;

 private:
  NoiseKey key(const Line& line, std::uint64_t epoch) const {
    return {dataset_->data_seed, epoch, line.hash};
  }
  std::u32string noisy(const Line& line, std::uint64_t epoch) const;

  const Dataset* dataset_;
  Noise noise_;
};

}  // namespace favras::seq2seq
