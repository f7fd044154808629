// The training loop: batches, optimizer steps, log, validation, checkpoints. A run is resumed by making a
// trainer for the same directory.
#pragma once

#include <map>
#include <memory>
#include <optional>

#include "apps/seq2seq/data/dataset.h"
#include "apps/seq2seq/line_source.h"
#include "apps/seq2seq/model_file.h"
#include "apps/seq2seq/prefetch.h"
#include "apps/seq2seq/progress.h"
#include "apps/seq2seq/run_directory.h"
#include "apps/seq2seq/run_log.h"
#include "apps/seq2seq/train_options.h"
#include "apps/seq2seq/training_state.h"
#include "apps/seq2seq/validation.h"
#include "engine/precision.h"
#include "engine/replay.h"
#include "engine/schedule.h"

namespace favras::seq2seq {

enum class Outcome { kFinished, kInterrupted, kDiverged };

class Trainer {
 public:
  // state and its checkpoint directory are empty for a new run.
  Trainer(const TrainOptions& options, const Dataset& dataset, RunDirectory run, TrainingState state,
          const std::filesystem::path& checkpoint);

  Outcome run();
  const TrainingState& state() const { return state_; }

 private:
  Outcome run_epoch(Prefetch<HostBatch>& prefetch);
  // Starts a step on the device; gives the sum of its loss, [1], which is there once the step is done.
  Tensor start_step(const HostBatch& batch);
  // Waits for the step; false if its loss is not finite.
  bool finish_step(const Tensor& loss_sum, const HostBatch& batch);
  void log_progress();
  void finish_epoch(double waiting_share);
  void save_checkpoint();
  void say(const std::string& text);  // to log.txt and standard output
  double elapsed() const;             // seconds trained, with this process's
  std::int64_t batches() const;       // in an epoch

  const TrainOptions options_;
  const Dataset& dataset_;
  const RunDirectory run_;
  Device device_;
  Precision precision_;
  LineSource lines_;
  Model model_;
  Adam adam_;
  DeviceStepState step_state_;
  Replay replay_;
  std::map<Shape, Batch> inputs_;  // what graphs read
  LearningRateSchedule learning_rate_;
  Validation validation_;
  TrainingState state_;
  RunLog log_;
  Progress progress_;
  double seconds_before_;  // trained by earlier processes
  std::chrono::steady_clock::time_point started_;
  double validation_loss_ = 0.0;  // the last one
  double last_log_seconds_ = 0.0;
  std::int64_t last_log_lines_ = 0;
};

}  // namespace favras::seq2seq
