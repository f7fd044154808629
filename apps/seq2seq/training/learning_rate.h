// The learning rate that a run's settings ask for.
#pragma once

#include <cstdint>

#include "apps/seq2seq/training/train_options.h"
#include "apps/seq2seq/training/training_state.h"
#include "engine/schedule.h"

namespace favras::seq2seq {

// By optimizer step, from the state's on. Warm-up counts steps. Decays go by the share of all epochs that is
// done, with so many batches in each, for the steps before the state may have been others: of another batch
// size, or of more data.
LearningRateSchedule schedule_of(const TrainOptions& options, std::int64_t batches,
                                 const TrainingState& state);

}  // namespace favras::seq2seq
