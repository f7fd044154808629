#include "apps/seq2seq/training/epoch_order.h"

#include <algorithm>
#include <numeric>
#include <tuple>

#include "kernels/common/philox.h"

namespace favras::seq2seq {
namespace {

std::uint32_t bucket_of(std::uint32_t length) { return std::max(length, kShort - 1); }

enum Stream : std::uint32_t { kLines = 0x20000, kBatches = 0x20001 };

// Keys in random order: key(i) for the i-th of `count` things.
std::vector<std::uint64_t> random_keys(std::size_t count, std::uint64_t seed, std::uint64_t epoch,
                                       Stream stream) {
  std::vector<std::uint64_t> keys(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto words = kernels::philox_at(seed, epoch, stream, static_cast<std::uint32_t>(i));
    keys[i] = std::uint64_t{words[0]} << 32 | words[1];
  }
  return keys;
}

}  // namespace

std::vector<std::vector<std::uint32_t>> epoch_batches(std::span<const std::uint32_t> lengths,
                                                      std::int64_t batch_size, std::uint64_t shuffle_seed,
                                                      std::uint64_t epoch) {
  const std::vector<std::uint64_t> keys = random_keys(lengths.size(), shuffle_seed, epoch, kLines);
  std::vector<std::uint32_t> order(lengths.size());
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return std::tuple(bucket_of(lengths[a]), keys[a], a) < std::tuple(bucket_of(lengths[b]), keys[b], b);
  });

  std::vector<std::vector<std::uint32_t>> batches;
  const auto size = static_cast<std::size_t>(batch_size), rest = order.size() % size;
  // What does not fill a batch is of the shortest lines: its empty rows are padding, too.
  if (rest > 0) batches.emplace_back(order.begin(), order.begin() + rest);
  for (std::size_t first = rest; first < order.size(); first += size)
    batches.emplace_back(order.begin() + first, order.begin() + first + size);
  const std::vector<std::uint64_t> batch_keys = random_keys(batches.size(), shuffle_seed, epoch, kBatches);
  std::vector<std::size_t> batch_order(batches.size());
  std::iota(batch_order.begin(), batch_order.end(), std::size_t{0});
  std::sort(batch_order.begin(), batch_order.end(), [&](std::size_t a, std::size_t b) {
    return std::tuple(batch_keys[a], a) < std::tuple(batch_keys[b], b);
  });
  std::vector<std::vector<std::uint32_t>> shuffled;
  for (const std::size_t batch : batch_order) shuffled.push_back(std::move(batches[batch]));
  return shuffled;
}

}  // namespace favras::seq2seq
