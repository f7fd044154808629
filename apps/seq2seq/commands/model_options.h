// The options of the commands that use a trained model: which run's, which of its weights, or which file's,
// on what, and how it writes.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "apps/seq2seq/command_line/command_line.h"
#include "apps/seq2seq/decoding/corrector.h"
#include "apps/seq2seq/model/model_file.h"
#include "apps/seq2seq/training/run_directory.h"
#include "engine/precision.h"

namespace favras::seq2seq {

void add_model_options(CommandLine& command_line);

struct RunModel {
  std::optional<RunDirectory> run;  // none of a model that came in a file of its own
  std::filesystem::path file;
  ModelDescription description;
  std::unique_ptr<Model> model;
};

// The device that --device names. Says on standard error why `auto` is the CPU where a CUDA driver is at
// fault. Throws std::invalid_argument for what there is not.
Device chosen_device(const std::string& asked);

// What the device offers for --precision, which `asked` names; says so on standard error if it is not that.
// Throws std::invalid_argument for a name that there is not.
Precision precision_on(Device device, const std::string& asked);

inline constexpr const char* kWeightsHelp =
    "best, of the best epoch (the newest where there is none), or newest";

// The file that --weights of the run names. Throws UsageError for other words, std::runtime_error for what is
// no run or has no model yet.
std::filesystem::path model_of_run(const CommandLine& command_line, const RunDirectory& run);

// Sets the number of threads and loads the model: that of --run, of --model or, without either, the one that
// comes with the program. Throws UsageError for values that cannot be meant, and where there is no model.
RunModel load_run_model(const CommandLine& command_line);

// Throws std::runtime_error for a data directory.
void require_no_data_directory(const RunDirectory& run);

// Throws UsageError for values that cannot be meant.
CorrectorOptions corrector_options(const CommandLine& command_line);

}  // namespace favras::seq2seq
