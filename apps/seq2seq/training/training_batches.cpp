#include "apps/seq2seq/training/training_batches.h"

#include <algorithm>
#include <span>

#include "apps/seq2seq/data/utf8.h"
#include "apps/seq2seq/training/epoch_order.h"

namespace favras::seq2seq {

TrainingBatches::TrainingBatches(const Dataset& dataset, const LineSource& lines, const TrainOptions& options,
                                 std::int64_t time_step, std::int64_t epoch, std::int64_t batch)
    : dataset_(&dataset),
      lines_(&lines),
      batch_size_(options.batch_size),
      part_size_((options.batch_size + options.accumulate - 1) / options.accumulate),
      epochs_(options.epochs),
      time_step_(time_step),
      shuffle_seed_(options.shuffle_seed),
      frozen_noise_(options.noise_refresh == "frozen"),
      unknown_share_(options.unknown_share),
      epoch_(epoch),
      batch_(static_cast<std::size_t>(batch)) {
  lengths_.reserve(dataset.train.size());
  for (const Line& line : dataset.train)
    lengths_.push_back(static_cast<std::uint32_t>(count_characters(line.target)));
}

std::optional<std::vector<HostBatch>> TrainingBatches::next() {
  if (epoch_ > epochs_) return std::nullopt;
  const auto epoch = static_cast<std::uint64_t>(epoch_);
  if (order_.empty()) order_ = epoch_batches(lengths_, batch_size_, shuffle_seed_, epoch);
  std::vector<const Line*> lines;
  for (const std::uint32_t index : order_.at(batch_)) lines.push_back(&dataset_->train[index]);
  if (++batch_ == order_.size()) {
    ++epoch_;
    batch_ = 0;
    order_.clear();
  }
  std::vector<HostBatch> parts;
  for (std::span<const Line* const> left = lines; !left.empty();) {
    const auto part = left.first(std::min(left.size(), static_cast<std::size_t>(part_size_)));
    left = left.subspan(part.size());
    parts.push_back(
        lines_->batch(part, part_size_, frozen_noise_ ? kFrozenNoise : epoch, time_step_, unknown_share_));
  }
  return parts;
}

}  // namespace favras::seq2seq
