// seq2seq export: the model of a run as one small file, to use and to hand on.
#include <filesystem>
#include <string>

#include <fmt/format.h>

#include "apps/seq2seq/command_line/command_line.h"
#include "apps/seq2seq/commands/commands.h"
#include "apps/seq2seq/commands/model_options.h"
#include "apps/seq2seq/model/model_file.h"

namespace favras::seq2seq {

namespace {

namespace fs = std::filesystem;

DType stored_dtype(const std::string& precision) {
  if (precision == "bf16") return DType::kBfloat16;
  if (precision == "fp32") return DType::kFloat32;
  throw UsageError(fmt::format("--precision {}: must be bf16 or fp32", precision));
}

// The file to write. None of the run's own, which training needs as they are.
fs::path output_file(const CommandLine& command_line, const RunDirectory& run) {
  const fs::path output = command_line.get<std::string>("output");
  for (const fs::path& own : {run.newest_model(), run.best_model()})
    if (fs::exists(output) && fs::exists(own) && fs::equivalent(output, own))
      throw UsageError(fmt::format("--output {}: is the run's own: name another file", output.string()));
  return output;
}

}  // namespace

int run_export(int argc, char** argv) {
  namespace po = boost::program_options;
  CommandLine command_line(
      "export", "Writes the model of a run as one file, which correct and evaluate take with --model.");
  // clang-format off
  command_line.add_options()
      ("run", po::value<std::string>()->value_name("DIR"), "the run directory of the trained model")
      ("weights", po::value<std::string>()->default_value("best"), kWeightsHelp)
      ("output", po::value<std::string>()->value_name("FILE"), "the file to write, NAME.safetensors")
      ("precision", po::value<std::string>()->default_value("bf16"),
       "of the weights: bf16, each rounded to 2 bytes, or fp32, 4 bytes, as they were trained");
  // clang-format on
  if (!command_line.parse(argc, argv)) return kExitDone;
  const RunDirectory run{command_line.get<std::string>("run")};
  const auto precision = command_line.get<std::string>("precision");
  const DType stored = stored_dtype(precision);
  const fs::path output = output_file(command_line, run);

  const LoadedModel loaded = load_model(model_of_run(command_line, run));
  save_model(output, *loaded.model, loaded.description, stored);
  fmt::print("wrote {}: {} parameters in {}, {:.1f} MB, of step {}\n", output.string(),
             loaded.model->parameter_count(), precision, static_cast<double>(fs::file_size(output)) / 1e6,
             loaded.description.step);
  return kExitDone;
}

}  // namespace favras::seq2seq
