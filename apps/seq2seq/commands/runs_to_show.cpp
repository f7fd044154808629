#include "apps/seq2seq/commands/runs_to_show.h"

#include <set>

#include <fmt/format.h>

#include "apps/seq2seq/console.h"
#include "apps/seq2seq/data/quantity.h"
#include "apps/seq2seq/replacement_file.h"
#include "apps/seq2seq/train_options.h"

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

void write_output(const fs::path& file, std::string_view bytes) {
  ReplacementFile to(fs::weakly_canonical(file));
  to.write(bytes);
  to.take_place();
}

}  // namespace favras::seq2seq
