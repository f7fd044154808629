// What the mistakes in a line depend on, and random numbers that depend on nothing else.
#pragma once

#include <cstddef>
#include <cstdint>

#include "apps/seq2seq/data/random_keys.h"

namespace favras::seq2seq {

inline constexpr std::uint64_t kLastNoiseEpoch = (std::uint64_t{1} << 48) - 1;

// Never the place of the line, so that its mistakes are the same in any order, thread or part of the data.
struct NoiseKey {
  std::uint64_t data_seed = 1;
  std::uint64_t epoch = 0;  // 0 is the frozen noise, which validation always has; at most the last
  std::uint64_t line_hash = 0;
};

// One model's random numbers for one line.
class NoiseStream {
 public:
  NoiseStream(const NoiseKey& key, RandomPurpose model)
      : counter_{static_cast<std::uint32_t>(key.line_hash), static_cast<std::uint32_t>(key.line_hash >> 32),
                 static_cast<std::uint32_t>(key.epoch), static_cast<std::uint32_t>(key.epoch >> 32) << 16},
        key_(data_key(key.data_seed, model)) {}

  std::uint32_t next() {
    if (used_ == words_.size()) {
      words_ = kernels::philox(counter_, key_);
      ++counter_[3];
      used_ = 0;
    }
    return words_[used_++];
  }
  double share() { return next() * 0x1p-32; }  // in [0, 1)
  bool happens(double probability) { return share() < probability; }
  std::size_t below(std::size_t bound) { return scale_to(next(), bound); }

 private:
  kernels::PhiloxCounter counter_;
  kernels::PhiloxKey key_;
  kernels::PhiloxCounter words_{};
  std::size_t used_ = words_.size();
};

}  // namespace favras::seq2seq
