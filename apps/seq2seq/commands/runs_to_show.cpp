#include "apps/seq2seq/commands/runs_to_show.h"

#include <set>

#include <fmt/format.h>

#include "apps/seq2seq/data/quantity.h"
#include "apps/seq2seq/io/console.h"
#include "apps/seq2seq/io/replacement_file.h"
#include "apps/seq2seq/training/train_options.h"

namespace favras::seq2seq {

namespace fs = std::filesystem;

std::vector<RunHistory> read_runs(const CommandLine& command_line) {
  if (command_line.positional().empty()) throw UsageError("name a RUN at least: the directory of a training");
  std::vector<RunHistory> runs;
  std::set<fs::path> seen;
  for (const std::string& name : command_line.positional()) {
    runs.push_back(read_run(name));
    if (!seen.insert(fs::canonical(name)).second) throw UsageError(fmt::format("{} is named twice", name));
    if (runs.back().damaged_lines > 0)
      tell(stderr, fmt::format("{}: {} of events.jsonl cannot be read: left out\n", name,
                               quantity(runs.back().damaged_lines, "line")));
  }
  return runs;
}

std::vector<std::string> hyper_parameters() {
  std::vector<std::string> names;
  for (const Setting& setting : settings()) {
    const std::string name = setting.name;
    if (setting.on_resume != OnResume::kMayChange || name == "data" || name == "epochs")
      names.push_back(name);
  }
  return names;
}

fs::path output_file(const CommandLine& command_line) {
  const fs::path file = command_line.get<std::string>("output");
  const fs::path directory = file.has_parent_path() ? file.parent_path() : ".";
  if (!fs::is_directory(directory))
    throw UsageError(fmt::format("--output {}: there is no directory {}", file.string(), directory.string()));
  if (!fs::exists(file)) return file;
  if (!fs::is_regular_file(file)) throw UsageError(fmt::format("--output {}: is no file", file.string()));
  return fs::canonical(file);
}

void write_whole(const fs::path& file, std::string_view bytes) {
  ReplacementFile to(file);
  to.write(bytes);
  to.take_place();
}

}  // namespace favras::seq2seq
