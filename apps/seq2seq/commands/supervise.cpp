// seq2seq supervise: runs a trainer as a child and reports how it ended.
#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "apps/seq2seq/command_line/command_line.h"
#include "apps/seq2seq/commands/commands.h"
#include "apps/seq2seq/commands/train_command_line.h"
#include "apps/seq2seq/supervisor/supervisor.h"
#include "apps/seq2seq/training/period.h"

namespace favras::seq2seq {
namespace {

namespace po = boost::program_options;

std::chrono::seconds stall_limit(const std::string& text) {
  const auto period = parse_period(text);
  if (!period || period->batches > 0)
    throw UsageError(fmt::format("--stall-limit '{}': expected a time such as 90s, 30m or 2h, or 0", text));
  return std::chrono::seconds(period->seconds);
}

// Where train will have its run directory; false if train itself has been asked for help, or to print what
// holds, and has done so. Its mistakes are left to it to report.
bool find_run(const std::vector<std::string>& words, std::filesystem::path& run) {
  std::vector<std::string> copies = words;
  std::vector<char*> arguments;
  for (std::string& word : copies) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  CommandLine line = train_command_line();
  try {
    if (!line.parse(static_cast<int>(words.size()), arguments.data(), values_that_hold)) return false;
    run = line.get<std::string>("run");
  } catch (const std::runtime_error&) {
  }
  return true;
}

}  // namespace

int run_supervise(int argc, char** argv) {
  CommandLine line("supervise", "Run a trainer as a child process and report how it ended.", "-- train ...");
  // clang-format off
  line.add_options()
      ("restart", po::value<unsigned>()->default_value(0)->value_name("N"),
       "start the trainer again when it crashed, was killed, or failed after it had begun, up to N times without a newer checkpoint in between")
      ("stall-limit", po::value<std::string>()->default_value("30m")->value_name("TIME"),
       "say so when the run's logs have not grown for so long; 0: never")
      ("on-event", po::value<std::string>()->value_name("COMMAND"),
       "run by sh for each event, which is one JSON object on its standard input");
  // clang-format on
  const auto has = [&](std::string_view word) {
    return std::find(argv + 1, argv + argc, word) != argv + argc;
  };
  if (has("train") && !has("--"))
    throw UsageError("-- is missing before train: seq2seq supervise [OPTION...] -- train ...");
  if (!line.parse(argc, argv)) return kExitDone;
  SuperviseOptions options{.words = line.positional(),
                           .run = {},
                           .restarts = line.get<unsigned>("restart"),
                           .stall_limit = stall_limit(line.get<std::string>("stall-limit")),
                           .on_event = line.given("on-event") ? line.get<std::string>("on-event") : ""};
  if (options.words.empty() || options.words[0] != "train")
    throw UsageError(fmt::format("supervises train only{}: seq2seq supervise [OPTION...] -- train ...",
                                 options.words.empty() ? "" : fmt::format(", not '{}'", options.words[0])));
  if (!find_run(options.words, options.run)) return kExitDone;
  return Supervisor(std::move(options)).run();
}

}  // namespace favras::seq2seq
