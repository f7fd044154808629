// A command of the user's that is run for each event, one after the other, with the event on its standard
// input. Its failure or slowness costs a line on standard error and nothing else.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <optional>
#include <string>

#include "apps/seq2seq/supervisor/process.h"

namespace favras::seq2seq {

class EventCommand {
 public:
  using Clock = std::chrono::steady_clock;
  using Say = std::function<void(const std::string&)>;

  // An empty command: nothing is run. A command that takes longer than the limit is killed, with all it has
  // started.
  EventCommand(std::string command, Clock::duration limit, const SignalInbox& inbox, Say say);
  ~EventCommand();  // kills what still runs
  EventCommand(const EventCommand&) = delete;
  EventCommand& operator=(const EventCommand&) = delete;

  void tell(std::string event);
  void look_after();  // at each SIGCHLD and at the deadline
  bool is_idle() const { return running_ == 0 && waiting_.empty(); }
  std::optional<Clock::time_point> deadline() const;

 private:
  void start_next();

  const std::string command_;
  const Clock::duration limit_;
  const SignalInbox& inbox_;
  const Say say_;
  std::deque<std::string> waiting_;
  pid_t running_ = 0;  // leads a process group
  Clock::time_point deadline_;
};

}  // namespace favras::seq2seq
