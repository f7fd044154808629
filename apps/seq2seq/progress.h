// One live line on a terminal: how far something is, how fast, and the time left. Nothing where standard
// error is no terminal.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace favras::seq2seq {

// "2h03m", "4m05s", "7s"
std::string format_duration(double seconds);

class Progress {
 public:
  Progress();
  ~Progress();  // clears the line
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Redraws ten times a second at most.
  void show(const std::string& text);
  // seconds_left < 0: not known yet.
  void show(std::int64_t epoch, std::int64_t epochs, std::int64_t batch, std::int64_t batches,
            double lines_per_second, double loss, double seconds_left);
  void clear();  // before other output

 private:
  bool terminal_;
  bool shown_ = false;
  std::chrono::steady_clock::time_point last_;
};

}  // namespace favras::seq2seq
