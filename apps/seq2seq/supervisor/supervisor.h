// Runs a trainer as a child, says how it ended, and starts it again if that was not its own will. Every event
// is a line on standard error, an object in RUN/supervise.jsonl (docs/formats.md) and, where asked for, the
// input of a command.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "apps/seq2seq/supervisor/ending.h"
#include "apps/seq2seq/supervisor/process.h"
#include "apps/seq2seq/supervisor/run_folder.h"
#include "apps/seq2seq/supervisor/stall_watch.h"
#include "apps/seq2seq/supervisor/trainer_process.h"
#include "apps/seq2seq/watchers/command_watcher.h"

namespace favras::seq2seq {

struct SuperviseOptions {
  std::vector<std::string> words;          // "train" and its options
  std::filesystem::path run;               // empty: not known
  std::int64_t restarts = 0;               // without a newer checkpoint in between
  std::chrono::seconds stall_limit{1800};  // 0: none
  std::string on_event;                    // empty: no command
};

class Supervisor {
 public:
  explicit Supervisor(SuperviseOptions options);

  // The trainer's last exit status, or 128 + the signal that ended it.
  int run();

 private:
  using Clock = std::chrono::steady_clock;

  Ending supervise();
  Ending run_trainer();
  bool is_to_be_restarted(const Ending& ending, std::optional<std::uint64_t> step_before);
  // Waits for anything to happen, until then at most, and passes signals on to the trainer, if there is one.
  void wait(Clock::time_point until, TrainerProcess* trainer);
  void look_for_stall(StallWatch& watch);
  // Says the text and tells what else is known.
  void event(const char* name, const std::string& text, boost::json::object fields = {});

  const SuperviseOptions options_;
  SignalInbox inbox_;
  RunFolder folder_;
  std::optional<CommandWatcher> event_command_;
  std::string told_to_stop_;  // by which signal
  std::int64_t tries_ = 0;    // since the newest checkpoint
  bool has_begun_ = false;    // a trainer has, to write its logs
};

}  // namespace favras::seq2seq
