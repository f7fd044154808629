// seq2seq train: makes or resumes a run.
#include <algorithm>
#include <filesystem>
#include <optional>

#include <fmt/format.h>

#include "apps/seq2seq/command_line/command_line.h"
#include "apps/seq2seq/command_line/nearest.h"
#include "apps/seq2seq/commands/commands.h"
#include "apps/seq2seq/commands/model_options.h"
#include "apps/seq2seq/commands/train_command_line.h"
#include "apps/seq2seq/commands/train_watchers.h"
#include "apps/seq2seq/data/data_directory.h"
#include "apps/seq2seq/data/dataset.h"
#include "apps/seq2seq/data/files.h"
#include "apps/seq2seq/data/quantity.h"
#include "apps/seq2seq/io/console.h"
#include "apps/seq2seq/model/model_file.h"
#include "apps/seq2seq/training/epoch_order.h"
#include "apps/seq2seq/training/interruption.h"
#include "apps/seq2seq/training/spot_notice.h"
#include "apps/seq2seq/training/trainer.h"
#include "engine/allocator.h"
#include "engine/precision.h"
#include "engine/storage/checkpoint_directory.h"
#include "engine/storage/durable.h"
#include "engine/storage/run_lock.h"

namespace favras::seq2seq {
namespace {

std::vector<std::string> allowed_changes(const CommandLine& line) {
  if (!line.given("allow-change")) return {};
  const auto allowed = line.get<std::vector<std::string>>("allow-change");
  std::vector<std::string> names;
  for (const Setting& setting : settings()) names.push_back(setting.name);
  for (const std::string& name : allowed) {
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    const std::string meant = nearest(name, names);
    throw UsageError(fmt::format("--allow-change {}: no such setting{}", name,
                                 meant.empty() ? "" : fmt::format("; did you mean {}?", meant)));
  }
  return allowed;
}

bool is_allowed(const std::string& name, const std::vector<std::string>& allowed) {
  return std::find(allowed.begin(), allowed.end(), name) != allowed.end();
}

// A setting that is not recorded is newer than the run, or has no value in it: its default held.
void refuse_changes(const TrainOptions& now, const std::string& task, const Values& recorded,
                    const std::vector<std::string>& allowed) {
  if (recorded.empty()) return;  // a new run
  const TrainOptions defaults = default_options(task);
  for (const Setting& setting : settings()) {
    const auto found = recorded.find(setting.name);
    const std::string before = found != recorded.end() ? found->second : setting.get(defaults);
    if (before == setting.get(now)) continue;
    const bool never = setting.on_resume == OnResume::kNever;
    if (setting.on_resume == OnResume::kMayChange || (!never && is_allowed(setting.name, allowed))) continue;
    const auto with = [](const std::string& value) { return value.empty() ? "nothing" : value; };
    throw std::runtime_error(fmt::format("this run was started with --{} {}, not {}: use another --run{}",
                                         setting.name, with(before), with(setting.get(now)),
                                         never ? "" : fmt::format(", or --allow-change {}", setting.name)));
  }
}

void refuse_other_data(const Dataset& dataset, const TrainingState& state,
                       const std::vector<std::string>& allowed) {
  if (state.data_fingerprint == dataset.fingerprint) return;
  if (is_allowed("data", allowed)) return;
  throw std::runtime_error(fmt::format(
      "{} is not the data this run was trained on (fingerprint {}, not {}): prepare it again from the same "
      "sources, or --allow-change data",
      dataset.directory, dataset.fingerprint.substr(0, 12), state.data_fingerprint.substr(0, 12)));
}

// Where the checkpoint stands, if these options and this data may go on from there.
TrainingState resume_from(const std::filesystem::path& checkpoint, const TrainOptions& options,
                          const Dataset& dataset, const std::vector<std::string>& allowed) {
  TrainingState state = read_state(checkpoint / "state.json");
  refuse_changes(options, dataset.task, state.settings, allowed);
  const ModelDescription model = read_model_description(checkpoint / "model.safetensors");
  if (model.vocabulary.characters() != dataset.vocabulary.characters())
    throw std::runtime_error(dataset.directory +
                             " has another vocabulary than this run's model, which no option changes: train "
                             "another --run on it");
  refuse_other_data(dataset, state, allowed);
  const bool other_order = state.data_fingerprint != dataset.fingerprint ||
                           state.settings["batch-size"] != std::to_string(options.batch_size) ||
                           state.settings["shuffle-seed"] != std::to_string(options.shuffle_seed);
  const std::size_t lines = dataset.train.size();
  const bool epoch_is_done = state.data_fingerprint == dataset.fingerprint &&
                             state.batch == batches_in_epoch(lines, std::stoll(state.settings["batch-size"]));
  if (other_order && epoch_is_done) {
    state.batch = batches_in_epoch(lines, options.batch_size);
  } else if (other_order && state.batch > 0) {
    tell(stdout, fmt::format("Epoch {} starts again: its lines come in another order now.\n", state.epoch));
    state.batch = 0;
    state.loss_sum = state.loss_count = 0.0;
    state.cells = {};
  }
  const bool other_validation =
      state.data_fingerprint != dataset.fingerprint || state.settings["noise"] != options.noise;
  if (other_validation) {
    if (state.best_step > 0)
      tell(stdout, "The validation lines, or their mistakes, are others now: the best is looked for anew.\n");
    const TrainingState nothing;
    state.validation_step = nothing.validation_step;
    state.best_validation_loss = nothing.best_validation_loss;
    state.best_accuracy = nothing.best_accuracy;
    state.epochs_since_best = 0;
  }
  return state;
}

void copy_model(const Checkpoint& checkpoint, const std::filesystem::path& to) {
  const std::string model = read_file(checkpoint.path / "model.safetensors");
  durable_write(to, [&](File& file) { file.write(model); });
}

// What a run that was killed between its last checkpoint and model.safetensors left undone.
void complete_newest_model(const Checkpoint& checkpoint, const RunDirectory& run) {
  try {
    if (exists(run.newest_model()) && read_model_description(run.newest_model()).step >= checkpoint.step)
      return;
  } catch (const std::runtime_error&) {  // damaged
  }
  copy_model(checkpoint, run.newest_model());
}

// If best.safetensors is gone or damaged, the checkpoint of its step may still have the weights.
void complete_best_model(const TrainingState& state, const RunDirectory& run) {
  if (state.best_step == 0) return;
  try {
    if (read_model_description(run.best_model()).step >= state.best_step) return;
  } catch (const std::runtime_error&) {
  }
  const Checkpoint best{checkpoint_path(run.checkpoints(), state.best_step), state.best_step};
  if (!verify_checkpoint(best.path).empty()) {
    tell(stderr,
         fmt::format("{} is missing or damaged, and no checkpoint has its weights: until a better epoch, "
                     "take --weights newest\n",
                     run.best_model().string()));
    return;
  }
  copy_model(best, run.best_model());
  tell(stderr, fmt::format("{} was missing or damaged: written again from {}\n", run.best_model().string(),
                           best.path.filename().string()));
}

void use_machine(const TrainOptions& options) {
  try {
    const Device device = chosen_device(options.device);
    CachingAllocator::of(device).set_limit(static_cast<std::size_t>(options.memory_limit));
    precision_on(device, options.precision);
    if (options.lstm == "cudnn" && (device.kind == DeviceKind::kCpu || !built_with_cudnn()))
      throw UsageError("--lstm cudnn needs a CUDA device and a build that found cuDNN");
  } catch (const std::invalid_argument& error) {
    throw UsageError(fmt::format("--device: {}", error.what()));
  }
  set_cpu_threads(options.threads > 0 ? static_cast<int>(options.threads) : available_cpu_threads());
}

std::string epochs(std::int64_t count) { return quantity(static_cast<std::uint64_t>(count), "epoch"); }

int report(Outcome outcome, const TrainingState& state, const TrainOptions& options, bool has_checkpoint) {
  switch (outcome) {
    case Outcome::kFinished:
      if (state.epoch <= options.epochs)
        tell(stdout, fmt::format("Stopped early: {} without a new best.\n", epochs(state.epochs_since_best)));
      return kExitDone;
    case Outcome::kInterrupted:
      tell(stderr,
           fmt::format("Interrupted after step {} and saved; the same command goes on.\n", state.step));
      return kExitInterrupted;
    case Outcome::kDiverged:
      if (options.on_divergence == "rollback")
        tell(stderr,
             fmt::format(
                 "The training diverged at step {}, after {}: try a lower --learning-rate in a new run.\n",
                 state.step, quantity(static_cast<std::uint64_t>(state.rollbacks), "rollback")));
      else
        tell(stderr,
             fmt::format("The training diverged at step {}. Try a lower --learning-rate in a new run, or "
                         "--on-divergence rollback{}.\n",
                         state.step, has_checkpoint ? ", which goes back to the last checkpoint" : ""));
      return kExitDiverged;
  }
  return kExitFailed;
}

constexpr std::int64_t kMostRollbacks = 8;

// A run that holds its lock and goes on from its newest whole checkpoint, as often as it takes.
class Training {
 public:
  Training(const TrainOptions& options, const Dataset& dataset, const RunLock& lock,
           std::vector<std::string> allowed, const RunWatchers& watchers)
      : options_(options),
        dataset_(dataset),
        lock_(lock),
        allowed_(std::move(allowed)),
        watchers_(watchers) {}

  int run() {
    find_checkpoint();
    if (is_finished(state_, options_)) {
      complete_newest_model(*checkpoint_, directory());
      tell(stdout,
           state_.epoch > options_.epochs
               ? fmt::format("This run has finished, after {}; more --epochs would go on with it.\n",
                             epochs(state_.epoch - 1))
               : fmt::format("This run has stopped early, after {} without a new best; more --patience "
                             "would go on with it.\n",
                             epochs(state_.epochs_since_best)));
      return kExitDone;
    }
    Outcome outcome = train(nullptr);
    while (outcome == Outcome::kDiverged && options_.on_divergence == "rollback" &&
           state_.rollbacks < kMostRollbacks)
      outcome = roll_back();
    return report(outcome, state_, options_, !list_checkpoints(directory().checkpoints()).empty());
  }

 private:
  RunDirectory directory() const { return {lock_.directory()}; }

  void find_checkpoint() {
    checkpoint_ = newest_valid_checkpoint(directory().checkpoints(),
                                          [](const std::string& problem) { tell(stderr, problem + '\n'); });
    if (!checkpoint_ && exists(directory().newest_model()))
      throw std::runtime_error(fmt::format(
          "{} has a model but no whole checkpoint to go on from: use another --run", options_.run));
    state_ = checkpoint_ ? resume_from(checkpoint_->path, options_, dataset_, allowed_) : TrainingState();
    if (checkpoint_) complete_best_model(state_, directory());
    state_.data_fingerprint = dataset_.fingerprint;
    for (const Setting& setting : settings()) state_.settings[setting.name] = setting.get(options_);
  }

  // `first`: for the log, before anything else; or none.
  Outcome train(const boost::json::object* first) {
    Trainer trainer(options_, dataset_, lock_, state_,
                    checkpoint_ ? checkpoint_->path : std::filesystem::path(), &watchers_);
    if (!checkpoint_) write_config(directory().config(), options_);  // else with the next one
    if (checkpoint_ && !options_.quiet)
      tell(stdout, fmt::format("Going on after step {} (epoch {}, batch {}).\n", state_.step, state_.epoch,
                               state_.batch));
    if (first) trainer.record(*first);
    const Outcome outcome = trainer.run();
    state_ = trainer.state();
    return outcome;
  }

  Outcome roll_back() {
    const std::uint64_t diverged_step = state_.step;
    const std::int64_t rollbacks = state_.rollbacks + 1;
    find_checkpoint();
    state_.rollbacks = rollbacks;
    const boost::json::object event{{"event", "rolled_back"},
                                    {"step", state_.step},
                                    {"diverged_step", diverged_step},
                                    {"rollbacks", rollbacks}};
    tell(stderr, fmt::format("The training diverged at step {}: back to step {}, with half the learning "
                             "rate.\n",
                             diverged_step, state_.step));
    return train(&event);
  }

  const TrainOptions& options_;
  const Dataset& dataset_;
  const RunLock& lock_;
  const std::vector<std::string> allowed_;
  const RunWatchers& watchers_;
  std::optional<Checkpoint> checkpoint_;
  TrainingState state_;
};

}  // namespace

int run_train(int argc, char** argv) {
  CommandLine line = train_command_line();
  if (!line.parse(argc, argv, values_that_hold)) return kExitDone;
  watch_for_interruption();  // a signal while the data are read is heard, too

  const Values given = given_values(line);
  const auto allowed = allowed_changes(line);
  const RunDirectory run{line.get<std::string>("run")};
  if (run.root.empty()) throw UsageError("--run is needed");
  require_no_data_directory(run);
  const Values recorded = recorded_values(run);
  const std::string data = resolve("", recorded, given).data;
  if (data.empty()) throw UsageError("--data is needed: a directory made by seq2seq prepare");
  const Dataset dataset = load_dataset(data);
  if (dataset.train.empty()) throw std::runtime_error(data + " has no training lines");
  TrainOptions options = resolve(dataset.task, recorded, given);
  options.quiet = line.get<bool>("quiet");
  refuse_changes(options, dataset.task, recorded, allowed);
  if (!options.noise.empty()) require_noise(noise_mix(options), dataset);
  if (dataset.validation.empty())
    tell(stdout,
         fmt::format(
             "note: {} has no validation lines: their loss and accuracy are nan, and no model is the best\n",
             data));
  const auto spot = spot_source(options.spot_notice);
  const auto mail = mail_settings(line);
  use_machine(options);

  durable_create_directories(run.root);
  const RunLock lock(run.root);
  std::optional<SpotWatch> spot_watch;
  if (spot) spot_watch.emplace(*spot);
  const RunWatchers watchers = make_watchers(line, mail, options, lock);
  try {
    return Training(options, dataset, lock, allowed, watchers).run();
  } catch (const std::exception& error) {
    for (const auto& watcher : watchers) watcher->failed(error.what());
    throw;
  }
}

}  // namespace favras::seq2seq
