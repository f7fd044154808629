#include "apps/seq2seq/commands/model_options.h"

#include <fmt/format.h>

#include "apps/seq2seq/commands/shipped_model.h"
#include "apps/seq2seq/data/data_directory.h"
#include "apps/seq2seq/decoding/beam_search.h"
#include "apps/seq2seq/io/console.h"
#include "apps/seq2seq/training/training_state.h"
#include "engine/device.h"
#include "engine/storage/checkpoint_directory.h"

namespace favras::seq2seq {

namespace {

namespace fs = std::filesystem;

// What --NAME says, read by a function that throws std::invalid_argument.
template <class Read>
auto option(const CommandLine& command_line, const std::string& name, const Read& read) {
  try {
    return read(command_line.get<std::string>(name));
  } catch (const std::invalid_argument& error) {
    throw UsageError(fmt::format("--{}: {}", name, error.what()));
  }
}

// A run that stopped within an epoch has weights that were never compared with the best: says so.
void tell_of_newer_weights(const RunDirectory& run) {
  const std::vector<Checkpoint> checkpoints = list_checkpoints(run.checkpoints());
  if (checkpoints.empty() || !exists(run.best_model())) return;
  TrainingState state;
  try {
    state = read_state(checkpoints.back().path / "state.json");
  } catch (const std::runtime_error&) {  // damaged: inspect says more
    return;
  }
  if (state.accuracy_step == state.step) return;
  tell(stderr,
       fmt::format("{}: these are the weights of its best whole epoch (step {}); those of step {}, within an "
                   "epoch, are newer: --weights newest\n",
                   run.root.string(), state.best_step, state.step));
}

fs::path shipped_model_that_is_there() {
  const fs::path file = shipped_model();
  if (!exists(file))
    throw UsageError(fmt::format(
        "no model: name a run with --run DIR or a file with --model FILE; the one that comes with "
        "the program would be {}",
        file.string()));
  return file;
}

// What --model names. What is in it is another matter.
fs::path given_model(const CommandLine& command_line) {
  const fs::path file = command_line.get<std::string>("model");
  const std::string named = fmt::format("{} {}", command_line.source("model"), file.string());
  if (!exists(file)) throw std::runtime_error(named + ": no such file");
  if (is_directory(file))
    throw std::runtime_error(
        fmt::format("{}: is a directory; name a run with --run {}", named, file.string()));
  return file;
}

}  // namespace

void add_model_options(CommandLine& command_line) {
  namespace po = boost::program_options;
  // clang-format off
  command_line.add_options()
      ("run", po::value<std::string>()->value_name("DIR"), "the run directory of the trained model")
      ("model", po::value<std::string>()->value_name("FILE"),
       "a model that export wrote, instead of a run's; without either, the English one that comes with the program")
      ("weights", po::value<std::string>()->default_value("best"), kWeightsHelp)
      ("device", po::value<std::string>()->default_value("auto"), "auto, cpu or cuda")
      ("precision", po::value<std::string>()->default_value("fp32"), "of products: fp32, tf32 or bf16")
      ("threads", po::value<int>()->default_value(0), "of the CPU; 0: all cores")
      ("beam", po::value<int>()->default_value(1)->value_name("N"),
       "how many outputs for a line are followed side by side; 1: always the most probable character")
      ("keep-unless", po::value<double>()->default_value(0)->value_name("P"),
       "change words only if the model gives the change at least this probability, 0 to 1; 0: always");
  // clang-format on
}

Device chosen_device(const std::string& asked) {
  const Device device = parse_device(asked);
  if (const std::string problem = asked == "auto" ? cuda_problem() : ""; !problem.empty())
    tell(stderr, fmt::format("--device auto is the CPU, for no CUDA device can be used: {}\n", problem));
  return device;
}

Precision precision_on(Device device, const std::string& asked) {
  const Precision wish = parse_precision(asked), has = offered(device, wish);
  if (has != wish)
    tell(stderr, fmt::format("--precision {}: {} computes products in {}\n", to_string(wish),
                             to_string(device), to_string(has)));
  return has;
}

CorrectorOptions corrector_options(const CommandLine& command_line) {
  const CorrectorOptions options{.beam = command_line.get<int>("beam"),
                                 .keep_unless = command_line.get<double>("keep-unless")};
  if (options.beam < 1 || options.beam > kWidestBeam)
    throw UsageError(fmt::format("--beam {}: must be from 1 to {}", options.beam, kWidestBeam));
  if (!(options.keep_unless >= 0.0 && options.keep_unless <= 1.0))
    throw UsageError(fmt::format("--keep-unless {}: must be from 0 to 1", options.keep_unless));
  return options;
}

void require_no_data_directory(const RunDirectory& run) {
  if (exists(description_file(run.root)))
    throw std::runtime_error(
        fmt::format("--run {}: is a data directory, made by seq2seq prepare; name the directory of a run",
                    run.root.string()));
}

fs::path model_of_run(const CommandLine& command_line, const RunDirectory& run) {
  const auto weights = command_line.get<std::string>("weights");
  if (weights != "best" && weights != "newest")
    throw UsageError(fmt::format("--weights {}: must be best or newest", weights));
  if (!is_directory(run.root))
    throw std::runtime_error(fmt::format("{}: no such run directory", run.root.string()));
  require_no_data_directory(run);
  if (!command_line.on_command_line("weights")) tell_of_newer_weights(run);
  return run.model(weights);
}

RunModel load_run_model(const CommandLine& command_line) {
  const int threads = command_line.get<int>("threads");
  if (threads < 0 || threads > 1024)
    throw UsageError(fmt::format("--threads {}: must be from 0 to 1024", threads));
  const Device device = option(command_line, "device", chosen_device);
  const Precision precision = option(command_line, "precision",
                                     [&](const std::string& asked) { return precision_on(device, asked); });
  RunModel result;
  if (const std::string name = command_line.one_of("run", "model"); name == "run") {
    result.run = RunDirectory{command_line.get<std::string>("run")};
    result.file = model_of_run(command_line, *result.run);
  } else {
    if (command_line.on_command_line("weights"))
      throw UsageError("--weights is for --run: the model has been chosen already");
    result.file = name.empty() ? shipped_model_that_is_there() : given_model(command_line);
  }

  set_cpu_threads(threads == 0 ? available_cpu_threads() : threads);
  allow_tf32(device, precision == Precision::kTf32);
  LoadedModel loaded = load_model(result.file, device, storage_dtype(precision));
  result.description = std::move(loaded.description);
  result.model = std::move(loaded.model);
  return result;
}

}  // namespace favras::seq2seq
