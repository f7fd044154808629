#include "apps/seq2seq/training/learning_rate.h"

namespace favras::seq2seq {

LearningRateSchedule schedule_of(const TrainOptions& options, std::int64_t batches,
                                 const TrainingState& state) {
  const auto steps = static_cast<std::uint64_t>(options.epochs * batches);
  const auto done = static_cast<std::uint64_t>((state.epoch - 1) * batches + state.batch);
  const LearningRateSchedule decay =
      options.schedule == "cosine"   ? cosine_decay(options.learning_rate, 0.0, steps)
      : options.schedule == "linear" ? linear_decay(options.learning_rate, 0.0, steps)
                                     : constant_rate(options.learning_rate);
  return with_warmup(static_cast<std::uint64_t>(options.warmup_steps),
                     [=, before = state.step](std::uint64_t step) { return decay(done + (step - before)); });
}

}  // namespace favras::seq2seq
