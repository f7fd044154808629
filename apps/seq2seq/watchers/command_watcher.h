// A command of the user's that is run for each event of a training or of its supervisor, one after the other,
// with the event as a JSON object on its standard input: any notifier there is. Its failures or slowness cost
// a line on standard error, and one at the end, and nothing else.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>

#include "apps/seq2seq/training/run_watcher.h"

namespace favras::seq2seq {

class CommandWatcher : public RunWatcher {
 public:
  // `command` is run by sh; one that takes longer than the limit is killed, with all it has started.
  explicit CommandWatcher(std::string command, std::chrono::milliseconds limit = std::chrono::seconds(30));
  ~CommandWatcher() override;  // when the events so far have been told, or the limit is over

  void event(const boost::json::object& event) override;
  void failed(const std::string& reason) override;  // as the event "failed" {reason}

 private:
  using Clock = std::chrono::steady_clock;

  void work();
  // What went wrong, or "".
  std::string run_command(const std::string& event, Clock::time_point deadline) const;

  const std::string command_;
  const std::chrono::milliseconds limit_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> waiting_;
  bool ending_ = false;
  Clock::time_point end_ = Clock::time_point::max();  // of everything
  std::thread thread_;
};

}  // namespace favras::seq2seq
