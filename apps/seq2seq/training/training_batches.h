// The batches of a training run, one after another through all its epochs: a pure function of the data, the
// settings and the place where they start.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "apps/seq2seq/data/dataset.h"
#include "apps/seq2seq/model/batch.h"
#include "apps/seq2seq/training/line_source.h"
#include "apps/seq2seq/training/train_options.h"

namespace favras::seq2seq {

class TrainingBatches {
 public:
  // Keeps the dataset and the lines by reference; both hold at least one training line. Of the options it
  // takes batch size, parts, shuffle seed, noise refresh, unknown share and epochs. Epochs count from 1,
  // batches from 0; time_step as for lay_out().
  TrainingBatches(const Dataset& dataset, const LineSource& lines, const TrainOptions& options,
                  std::int64_t time_step, std::int64_t epoch = 1, std::int64_t batch = 0);

  // The parts of a batch, of whose rows each has as many lines as the others, or in the end fewer, but some.
  // Nothing after the last epoch.
  std::optional<std::vector<HostBatch>> next();

 private:
  const Dataset* dataset_;
  const LineSource* lines_;
  const std::int64_t batch_size_, part_size_, epochs_, time_step_;
  const std::uint64_t shuffle_seed_;
  const bool frozen_noise_;
  const double unknown_share_;
  std::vector<std::uint32_t> lengths_;  // of targets
  std::int64_t epoch_;
  std::size_t batch_;
  std::vector<std::vector<std::uint32_t>> order_;  // the present epoch's; empty before its first batch
};

}  // namespace favras::seq2seq
