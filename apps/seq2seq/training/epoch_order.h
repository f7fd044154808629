// Which lines make up which batch of an epoch: a pure function of the data, the seed and the epoch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace favras::seq2seq {

// Lines of fewer characters share a length bucket, since batches of one length alone learn worse where lines
// are very short, and their padding is cheap; of the others each length has a bucket of its own.
inline constexpr std::uint32_t kShort = 9;

// How many epoch_batches() gives.
inline std::int64_t batches_in_epoch(std::size_t lines, std::int64_t batch_size) {
  return (static_cast<std::int64_t>(lines) + batch_size - 1) / batch_size;
}

// Batches of line indices: every line once, lines of similar length together to bound the padding, in a
// random order inside a length bucket; the batches in random order. All have batch_size lines but one, of the
// shortest. lengths: characters of each line. epoch from 1.
std::vector<std::vector<std::uint32_t>> epoch_batches(std::span<const std::uint32_t> lengths,
                                                      std::int64_t batch_size, std::uint64_t shuffle_seed,
                                                      std::uint64_t epoch);

}  // namespace favras::seq2seq
