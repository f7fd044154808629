// The training loop: batches, optimizer steps, log, validation, checkpoints. A run is resumed by making a
// trainer for the same directory.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <string>

#include "apps/seq2seq/data/dataset.h"
#include "apps/seq2seq/io/progress.h"
#include "apps/seq2seq/model/model_file.h"
#include "apps/seq2seq/training/checkpoint_saver.h"
#include "apps/seq2seq/training/line_source.h"
#include "apps/seq2seq/training/prefetch.h"
#include "apps/seq2seq/training/run_log.h"
#include "apps/seq2seq/training/service_notification.h"
#include "apps/seq2seq/training/train_options.h"
#include "apps/seq2seq/training/training_state.h"
#include "apps/seq2seq/training/validation.h"
#include "engine/precision.h"
#include "engine/replay.h"
#include "engine/schedule.h"
#include "engine/storage/run_lock.h"
#include "engine/weight_average.h"

namespace favras::seq2seq {

enum class Outcome { kFinished, kInterrupted, kDiverged };

// After the last epoch, or when options.patience has come to its end.
bool is_finished(const TrainingState& state, const TrainOptions& options);

class Trainer {
 public:
  // The run directory is the lock's, wherever it is moved. state and its checkpoint directory are empty for a
  // new run.
  Trainer(const TrainOptions& options, const Dataset& dataset, const RunLock& lock, TrainingState state,
          const std::filesystem::path& checkpoint, const RunWatchers* watchers = nullptr);

  // Leaves the run saved, but for one that diverged. Throws std::runtime_error if its end cannot be saved.
  Outcome run();
  const TrainingState& state() const { return state_; }
  // For events.jsonl.
  void record(boost::json::object event) { log_.event(std::move(event)); }

 private:
  // Of these, false is for a training that has diverged.
  using HostBatches = std::vector<HostBatch>;  // the parts of one batch
  bool train_batch(Prefetch<HostBatches>& prefetch);
  bool finish_step(double loss_sum, const HostBatches& batch);
  void measure_loss();
  bool log_progress();
  bool save();  // on its thread; the loop goes on. False: a weight is no finite number
  double take_step(const HostBatches& batch);  // gives the sum of its loss
  // Adds a part's gradients to those of the parts before, and takes the step with the last one.
  Tensor run_part(const HostBatches& batch, std::size_t part);
  bool is_best() const;
  bool finish_epoch();  // false if a signal came in between: all of it is still to be done
  bool save_is_due() const;
  void wait_for_save();
  Outcome diverged();
  void report_saves();
  void say(const std::string& text);  // to log.txt and standard output
  double learning_rate(std::uint64_t step) const;
  double elapsed() const;        // seconds trained, with this process's
  double cpu_seconds() const;    // of all its threads and those before
  std::int64_t batches() const;  // in an epoch
  double waiting_share() const;  // of the epoch's time so far that went into waiting for batches

  const TrainOptions options_;
  const Dataset& dataset_;
  const RunLock& lock_;
  Device device_;
  Precision precision_;
  LineSource lines_;
  Model model_;
  Adam adam_;
  WeightAverage average_;
  DeviceStepState step_state_;
  Replay replay_;
  struct Input {
    Batch batch;
    Tensor weight;  // [1], of the part in its batch; none where a batch is one part
  };
  std::map<Shape, Input> inputs_;  // what graphs read
  LearningRateSchedule schedule_;
  Validation validation_;
  TrainingState state_;
  RunLog log_;
  Progress progress_;
  ServiceNotification service_;
  double seconds_before_, cpu_seconds_before_;  // trained by earlier processes
  std::chrono::steady_clock::time_point started_;
  double cpu_seconds_at_start_;                      // of this process
  double epoch_started_ = 0.0, epoch_waited_ = 0.0;  // seconds, in this process
  double last_log_seconds_ = 0.0;
  std::int64_t last_log_lines_ = 0;
  bool best_is_new_ = false;  // the weights are the best so far, and not yet handed to the saver
  double last_save_seconds_ = 0.0, retry_seconds_;  // of elapsed()
  std::uint64_t saved_step_ = 0;                    // of the newest checkpoint, as far as is known
  std::string save_problem_;                        // of the last try; empty if it went well
  std::string epoch_summary_;
  bool config_is_written_ = false;  // the saver's own
  CheckpointSaver saver_;           // last: its thread uses the log and the model
};

}  // namespace favras::seq2seq
