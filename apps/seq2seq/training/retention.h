// Which checkpoints of a run stay.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <vector>

#include "apps/seq2seq/training/best_by.h"
#include "apps/seq2seq/training/period.h"

namespace favras::seq2seq {

struct Retention {
  std::int64_t last = 2;  // the newest ones, at least 1
  std::int64_t best = 1;  // those of lowest validation loss, or of most exact lines
  Period every;           // the first one of each such period
  BestBy best_by = BestBy::kLoss;
};

struct CheckpointFacts {
  std::uint64_t step = 0;
  double seconds_trained = 0.0;
  // Of the very weights in it, on the validation lines of the newest checkpoint.
  std::optional<double> validation_loss, accuracy;
};

// The steps to keep of checkpoints in the order of their steps.
std::set<std::uint64_t> steps_to_keep(const std::vector<CheckpointFacts>& checkpoints,
                                      const Retention& retention);

// Of the checkpoints in the directory whose state can be read.
std::vector<CheckpointFacts> read_checkpoint_facts(const std::filesystem::path& directory);

}  // namespace favras::seq2seq
