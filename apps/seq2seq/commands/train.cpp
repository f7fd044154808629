// seq2seq train: makes or resumes a run.
#include <filesystem>

#include <fmt/format.h>

#include "apps/seq2seq/command_line.h"
#include "apps/seq2seq/commands/commands.h"
#include "apps/seq2seq/data/dataset.h"
#include "apps/seq2seq/interruption.h"
#include "apps/seq2seq/trainer.h"
#include "engine/allocator.h"
#include "engine/storage/checkpoint_directory.h"
#include "engine/storage/durable.h"
#include "engine/storage/run_lock.h"

namespace favras::seq2seq {
namespace {

namespace po = boost::program_options;
using Values = std::map<std::string, std::string>;

Values given_values(const CommandLine& line) {
  Values values;
  for (const Setting& setting : settings())
    if (line.given(setting.name)) values[setting.name] = line.get<std::string>(setting.name);
  return values;
}

// What holds: the task's defaults, under what the run was started with, under what was given now.
TrainOptions resolve(const std::string& task, const Values& recorded, const Values& given) {
  TrainOptions options = default_options(task);
  apply(options, recorded);
  apply(options, given);
  return options;
}

void refuse_changes(const TrainOptions& now, const Values& recorded,
                    const std::vector<std::string>& allowed) {
  for (const Setting& setting : settings()) {
    const auto before = recorded.find(setting.name);
    if (setting.may_change || before == recorded.end() || before->second == setting.get(now)) continue;
    if (std::find(allowed.begin(), allowed.end(), setting.name) != allowed.end()) continue;
    throw std::runtime_error(
        fmt::format("this run was started with --{} {}, not {}: use another --run, or --allow-change {}",
                    setting.name, before->second, setting.get(now), setting.name));
  }
}

void refuse_other_data(const Dataset& dataset, const TrainingState& state,
                       const std::vector<std::string>& allowed) {
  if (state.data_fingerprint == dataset.fingerprint) return;
  if (std::find(allowed.begin(), allowed.end(), "data") != allowed.end()) return;
  throw std::runtime_error(fmt::format(
      "{} is not the data this run was trained on (fingerprint {}, not {}): prepare it again from the same "
      "sources, or --allow-change data",
      dataset.directory, dataset.fingerprint.substr(0, 12), state.data_fingerprint.substr(0, 12)));
}

int report(Outcome outcome, const TrainingState& state, const RunDirectory& run) {
  switch (outcome) {
    case Outcome::kFinished:
      return kExitDone;
    case Outcome::kInterrupted:
      fmt::print(stderr, "Interrupted after step {} and saved; go on with: seq2seq train --run {}\n",
                 state.step, run.root.string());
      return kExitInterrupted;
    case Outcome::kDiverged:
      fmt::print(stderr,
                 "The loss is no longer a number after step {}. The last checkpoint stands; try a lower "
                 "--learning-rate in a new run.\n",
                 state.step);
      return kExitDiverged;
  }
  return kExitFailed;
}

}  // namespace

int run_train(int argc, char** argv) {
  CommandLine line("train", "Train a model, or go on with a run that was stopped.");
  auto add = line.add_options("Settings (defaults in brackets)");
  for (const Setting& setting : settings()) add(setting.name, po::value<std::string>(), setting.help);
  line.add_options("Resuming")(
      "allow-change", po::value<std::vector<std::string>>()->composing()->value_name("NAME"),
      "let this run go on with another value of setting NAME, or with other data ('data')");
  if (!line.parse(argc, argv)) return kExitDone;

  const Values given = given_values(line);
  const RunDirectory run{line.get<std::string>("run")};
  const Values recorded = exists(run.config()) ? read_config(run.config()) : Values{};
  const std::string data = resolve("", recorded, given).data;
  if (data.empty()) throw UsageError("--data is needed: a directory made by seq2seq prepare");
  const Dataset dataset = load_dataset(data);
  if (dataset.train.empty()) throw std::runtime_error(data + " has no training lines");
  const TrainOptions options = resolve(dataset.task, recorded, given);
  const auto allowed = line.given("allow-change") ? line.get<std::vector<std::string>>("allow-change")
                                                  : std::vector<std::string>{};
  refuse_changes(options, recorded, allowed);
  set_cpu_threads(options.threads > 0 ? static_cast<int>(options.threads) : available_cpu_threads());
  CachingAllocator::of(parse_device(options.device))
      .set_limit(static_cast<std::size_t>(options.memory_limit));
  if (options.precision != "fp32")
    fmt::print(stderr, "--precision {}: the CPU back end computes products in fp32\n", options.precision);

  durable_create_directories(run.root);
  const RunLock lock(run.root);
  const auto checkpoint = newest_valid_checkpoint(
      run.checkpoints(), [](const std::string& problem) { fmt::print(stderr, "{}\n", problem); });
  TrainingState state;
  if (checkpoint) {
    state = read_state(checkpoint->path / "state.json");
    refuse_other_data(dataset, state, allowed);
  }
  state.data_fingerprint = dataset.fingerprint;
  for (const Setting& setting : settings()) state.settings[setting.name] = setting.get(options);
  if (state.epoch > options.epochs) {
    fmt::print("This run has finished its {} epochs; more --epochs would go on with it.\n", options.epochs);
    return kExitDone;
  }
  write_config(run.config(), options);
  if (checkpoint)
    fmt::print("Going on after step {} (epoch {}, batch {}).\n", state.step, state.epoch, state.batch);
  watch_for_interruption();
  Trainer trainer(options, dataset, run, state, checkpoint ? checkpoint->path : std::filesystem::path());
  return report(trainer.run(), trainer.state(), run);
}

}  // namespace favras::seq2seq
