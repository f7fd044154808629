#include "apps/seq2seq/commands/model_options.h"

#include <fmt/format.h>

#include "apps/seq2seq/data/data_directory.h"
#include "apps/seq2seq/decoding/beam_search.h"
#include "apps/seq2seq/io/console.h"
#include "engine/device.h"

namespace favras::seq2seq {

namespace {

// What --NAME says, read by a function that throws std::invalid_argument.
template <class Read>
auto option(const CommandLine& command_line, const std::string& name, const Read& read) {
  try {
    return read(command_line.get<std::string>(name));
  } catch (const std::invalid_argument& error) {
    throw UsageError(fmt::format("--{}: {}", name, error.what()));
  }
}

}  // namespace

void add_model_options(CommandLine& command_line) {
  namespace po = boost::program_options;
  // clang-format off
  command_line.add_options()
      ("run", po::value<std::string>()->value_name("DIR"), "the run directory of the trained model")
      ("weights", po::value<std::string>()->default_value("best"),
       "best, by validation loss (the newest where there is none), or newest")
      ("device", po::value<std::string>()->default_value("auto"), "auto, cpu or cuda")
      ("precision", po::value<std::string>()->default_value("fp32"), "of products: fp32, tf32 or bf16")
      ("threads", po::value<int>()->default_value(0), "of the CPU; 0: all cores")
      ("beam", po::value<int>()->default_value(1)->value_name("N"),
       "how many outputs for a line are followed side by side; 1: always the most probable character")
      ("keep-unless", po::value<double>()->default_value(0)->value_name("P"),
       "change words only if the model gives the change at least this probability, 0 to 1; 0: always");
  // clang-format on
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

RunModel load_run_model(const CommandLine& command_line) {
  const RunDirectory run{command_line.get<std::string>("run")};
  const auto weights = command_line.get<std::string>("weights");
  if (weights != "best" && weights != "newest")
    throw UsageError(fmt::format("--weights {}: must be best or newest", weights));
  const int threads = command_line.get<int>("threads");
  if (threads < 0 || threads > 1024)
    throw UsageError(fmt::format("--threads {}: must be from 0 to 1024", threads));
  const Device device = option(command_line, "device", parse_device);
  const Precision precision = option(command_line, "precision",
                                     [&](const std::string& asked) { return precision_on(device, asked); });

  if (!is_directory(run.root))
    throw std::runtime_error(fmt::format("{}: no such run directory", run.root.string()));
  require_no_data_directory(run);
  set_cpu_threads(threads == 0 ? available_cpu_threads() : threads);
  const std::filesystem::path file = run.model(weights);
  allow_tf32(device, precision == Precision::kTf32);
  LoadedModel loaded = load_model(file, device, storage_dtype(precision));
  return {run, file, std::move(loaded.description), std::move(loaded.model)};
}

}  // namespace favras::seq2seq
