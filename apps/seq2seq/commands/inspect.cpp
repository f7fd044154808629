// seq2seq inspect: what a run, a checkpoint, a model file or a data directory is, and whether it is whole.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "apps/seq2seq/command_line/command_line.h"
#include "apps/seq2seq/commands/commands.h"
#include "apps/seq2seq/data/data_directory.h"
#include "apps/seq2seq/data/dataset.h"
#include "apps/seq2seq/data/quantity.h"
#include "apps/seq2seq/data/utf8.h"
#include "apps/seq2seq/data/vocabulary.h"
#include "apps/seq2seq/io/progress.h"
#include "apps/seq2seq/model/model_file.h"
#include "apps/seq2seq/training/run_directory.h"
#include "apps/seq2seq/training/train_options.h"
#include "apps/seq2seq/training/training_state.h"
#include "engine/storage/checkpoint_directory.h"
#include "engine/storage/manifest.h"
#include "engine/storage/run_lock.h"
#include "engine/storage/safetensors.h"

namespace favras::seq2seq {

namespace {

namespace fs = std::filesystem;

template <class T>
void print_field(std::string_view name, const T& value) {
  fmt::print("  {:<24}{}\n", name, value);
}

// Collects what is wrong, so that one damaged part does not hide the others.
class Inspection {
 public:
  template <class Look>
  void attempt(Look look) {
    try {
      look();
    } catch (const std::exception& error) {
      damaged(error.what());
    }
  }
  void damaged(const std::string& problem) {
    fmt::print("  DAMAGED: {}\n", problem);
    whole_ = false;
  }
  bool whole() const { return whole_; }

 private:
  bool whole_ = true;
};

std::string count_of_bytes(std::uint64_t bytes) {
  return fmt::format("{} bytes ({:.1f} MB)", bytes, static_cast<double>(bytes) / 1e6);
}

void print_tensors(const SafetensorsFile& file) {
  std::uint64_t bytes = 0;
  for (const TensorRecord& tensor : file.tensors()) bytes += tensor.data.size();
  print_field("tensors", fmt::format("{}, {}", file.tensors().size(), count_of_bytes(bytes)));
  for (const TensorRecord& tensor : file.tensors())
    fmt::print("    {:<40}{:<5}{}\n", tensor.name, tensor.dtype, to_string(tensor.shape));
}

void print_vocabulary(const Vocabulary& vocabulary) {
  constexpr std::size_t kMost = 200;
  std::u32string characters = vocabulary.characters();
  std::ranges::sort(characters);
  print_field("vocabulary",
              fmt::format("{} characters and {} special tokens", characters.size(), kSpecialTokens));
  std::string shown;
  for (const char32_t c : characters.substr(0, kMost)) {
    const bool is_control = c < 0x20 || (c >= 0x7F && c < 0xA0);  // which a terminal might obey
    shown += is_control ? fmt::format("\\u{{{:x}}}", static_cast<std::uint32_t>(c)) : encode_utf8(c);
  }
  print_field("characters", shown + (characters.size() > kMost ? " ..." : ""));
}

void print_description(const ModelDescription& description) {
  const ModelConfiguration& configuration = description.configuration;
  print_field("task", description.task);
  print_field("step", description.step);
  print_vocabulary(description.vocabulary);
  print_field("longest line", fmt::format("{} characters", description.maximum_length));
  print_field("architecture", name_of(configuration.architecture));
  print_field("rnn-size", configuration.rnn_size);
  print_field("num-layers", configuration.num_layers);
  print_field("encoding-embedding-size", configuration.encoding_embedding_size);
  print_field("decoding-embedding-size", configuration.decoding_embedding_size);
}

void inspect_model(const fs::path& path, Inspection& inspection) {
  inspection.attempt([&] {
    const LoadedModel loaded = load_model(path);  // every tensor that the configuration asks for is there
    print_description(loaded.description);
    print_field("parameters", loaded.model->parameter_count());
    print_tensors(SafetensorsFile(path));
  });
}

// Tensors of any kind: a model, or an optimizer's.
void inspect_file(const fs::path& path, Inspection& inspection) {
  if (path.extension() != ".safetensors")
    throw std::runtime_error(path.string() +
                             ": no .safetensors file; inspect also takes a run, a checkpoint or a "
                             "data directory, each as a directory");
  inspection.attempt([&] {
    const SafetensorsFile file(path);
    if (file.metadata().contains("vocabulary")) {
      fmt::print("{}: a model\n", path.string());
      inspect_model(path, inspection);
    } else {
      fmt::print("{}: tensors, but no model of this program\n", path.string());
      print_tensors(file);
    }
  });
}

void print_state(const TrainingState& state) {
  print_field("step", state.step);
  if (state.finished) {
    print_field("epochs done", state.epoch - 1);
  } else {
    print_field("epoch", state.epoch);
    print_field("batches done in it", state.batch);
  }
  if (state.rollbacks > 0)
    print_field("rolled back", quantity(static_cast<std::uint64_t>(state.rollbacks), "time"));
  print_field("lines seen", state.lines_seen);
  print_field("time trained", format_duration(state.seconds_trained));
  // Older checkpoints do not say.
  if (state.cpu_seconds > 0.0) print_field("  of all threads", format_duration(state.cpu_seconds));
  const bool validated = std::isfinite(state.best_validation_loss);
  print_field("best validation loss",
              validated ? fmt::format("{:.4f}", state.best_validation_loss) : "none yet");
  if (validated) print_field("  at step", state.best_step);
  if (state.best_accuracy > 0.0)
    print_field("  exact lines", fmt::format("{:.1f} %", 100.0 * state.best_accuracy));
  print_field("finished", state.finished ? "yes" : "no");
}

void inspect_checkpoint(const fs::path& path, Inspection& inspection) {
  const std::vector<std::string> problems = verify_checkpoint(path);
  fmt::print("{}: a checkpoint{}\n", path.string(), problems.empty() ? ", whole" : "");
  for (const std::string& problem : problems) inspection.damaged(problem);
  if (exists(path / "state.json")) inspection.attempt([&] { print_state(read_state(path / "state.json")); });
  if (exists(path / "model.safetensors")) inspect_model(path / "model.safetensors", inspection);
}

// What lies beside the checkpoints, with what it is.
std::map<fs::path, std::string> list_remains(const fs::path& checkpoints) {
  std::map<fs::path, std::string> remains;
  if (!exists(checkpoints)) return remains;
  for (const fs::directory_entry& entry : fs::directory_iterator(checkpoints)) {
    const std::string name = entry.path().filename();
    if (name.find(".damaged") != name.npos)
      remains[entry.path()] = "was damaged, and set aside: may be removed";
    if (name.find(".tmp") != name.npos)
      remains[entry.path()] = "a save under way, or cut short: training will remove it";
  }
  return remains;
}

void print_trainer(const RunDirectory& run) {
  try {
    if (const auto holder = lock_holder(run.root))
      fmt::print("training just now{}\n", holder->empty() ? "" : ": " + *holder);
  } catch (const std::runtime_error& error) {
    fmt::print("whether it is training just now cannot be seen: {}\n", error.what());
  }
}

// Training can do without these; others cannot.
void print_missing(const RunDirectory& run) {
  if (!exists(run.config()))
    print_field("config.ini",
                "missing: give --data, --epochs and the like again; the checkpoints know the rest");
  if (!exists(run.log())) print_field("log.txt", "missing: a new one begins when training goes on");
  if (!exists(run.events()))
    print_field("events.jsonl",
                "missing: plot and report have nothing to show; a new one begins when training goes on");
}

// Gives the newest whole checkpoint, or "".
fs::path inspect_checkpoints(const RunDirectory& run, Inspection& inspection) {
  fs::path newest;
  const auto checkpoints = list_checkpoints(run.checkpoints());
  const bool had_some = exists(run.newest_model());
  fmt::print("\ncheckpoints: {}\n", !checkpoints.empty()         ? std::to_string(checkpoints.size())
                                    : !had_some                  ? "none yet"
                                    : !exists(run.checkpoints()) ? "gone, with their directory"
                                                                 : "none left");
  for (const Checkpoint& checkpoint : checkpoints) {
    const std::vector<std::string> problems = verify_checkpoint(checkpoint.path);
    if (!exists(checkpoint.path)) continue;  // the trainer has made room just now
    print_field(checkpoint.path.filename().string(), problems.empty() ? "whole" : "");
    for (const std::string& problem : problems) inspection.damaged(problem);
    if (problems.empty()) newest = checkpoint.path;
  }
  for (const auto& [path, why] : list_remains(run.checkpoints())) print_field(path.filename().string(), why);
  if (newest.empty() && had_some)
    inspection.damaged("no checkpoint is whole: training cannot go on, but its weights can be used");
  return newest;
}

void print_where_it_stands(const fs::path& checkpoint) {
  const TrainingState state = read_state(checkpoint / "state.json");
  const std::string name = checkpoint.filename();
  if (state.finished)
    fmt::print("\nfinished with {}: more --epochs (after an early stop, --patience) would go on from there\n",
               name);
  else
    fmt::print("\ntraining would go on from {}\n", name);
  print_state(state);
}

void inspect_run(const RunDirectory& run, Inspection& inspection) {
  fmt::print("{}: a run\n", run.root.string());
  print_trainer(run);
  if (exists(run.config())) {
    inspection.attempt([&] {
      for (const auto& [name, value] : read_config(run.config())) print_field(name, value);
    });
  }
  print_missing(run);
  const fs::path newest = inspect_checkpoints(run, inspection);
  if (!newest.empty()) inspection.attempt([&] { print_where_it_stands(newest); });
  fmt::print("\nnewest weights: {}\n", exists(run.newest_model()) ? "model.safetensors" : "none yet");
  if (exists(run.newest_model())) inspect_model(run.newest_model(), inspection);
  fmt::print("\nbest weights: {}\n", exists(run.best_model()) ? "best.safetensors" : "none yet");
  if (exists(run.best_model()))
    inspection.attempt([&] { print_field("step", load_model(run.best_model()).description.step); });
}

void inspect_data(const fs::path& path, Inspection& inspection) {
  fmt::print("{}: a data directory\n", path.string());
  inspection.attempt([&] {
    const Dataset dataset = load_dataset(path);
    print_field("task", dataset.task);
    print_field("training lines", dataset.train.size());
    print_field("validation lines", dataset.validation.size());
    print_field("longest line", fmt::format("{} characters", dataset.maximum_length));
    print_vocabulary(dataset.vocabulary);
    print_field("seed", dataset.data_seed);
    print_field("fingerprint", dataset.fingerprint);
  });
}

bool is_run(const RunDirectory& run) {
  return exists(run.config()) || exists(run.checkpoints()) || exists(run.newest_model()) ||
         exists(run.events());
}

bool is_checkpoint(const fs::path& path) {
  const std::string name = path.filename().string();
  return exists(path / kManifestName) || name.starts_with("step-");
}

void inspect(const fs::path& path, Inspection& inspection) {
  if (!exists(path)) throw std::runtime_error(path.string() + ": no such file or directory");
  if (!is_directory(path)) return inspect_file(path, inspection);
  if (is_checkpoint(path)) return inspect_checkpoint(path, inspection);
  if (exists(description_file(path))) return inspect_data(path, inspection);
  if (is_run({path})) return inspect_run({path}, inspection);
  throw std::runtime_error(path.string() + ": neither a run, a checkpoint nor a data directory");
}

// "runs/a" for "runs/a/" too, so that the last part is a name.
fs::path without_last_slash(const fs::path& path) { return path.has_filename() ? path : path.parent_path(); }

}  // namespace

int run_inspect(int argc, char** argv) {
  CommandLine command_line(
      "inspect",
      "Says what a run, a checkpoint, a .safetensors file or a data directory is, and if it is whole.",
      "PATH");
  if (!command_line.parse(argc, argv)) return kExitDone;
  if (command_line.positional().size() != 1) throw UsageError("inspect needs one PATH");
  Inspection inspection;
  inspect(without_last_slash(command_line.positional().front()), inspection);
  if (inspection.whole()) return kExitDone;
  fmt::print(stderr, "seq2seq inspect: damaged, as said above\n");
  return kExitFailed;
}

}  // namespace favras::seq2seq
