// One live line on a terminal: how far something is, how fast, and the time left. Nothing where standard
// error is no terminal.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace favras::seq2seq {

// "2h03m", "4m05s", "7s"
std::string format_duration(double seconds);

// What a live line says of lines that are worked through: "12%  345 lines/s  2m03s left".
class Speedometer {
 public:
  // The whole work, in bytes, lines or anything that takes about as long each; 0: not known.
  explicit Speedometer(std::uint64_t whole) : whole_(whole) {}

  // `done` of the whole. Without what is not known: "678 lines  345 lines/s".
  std::string text(std::uint64_t lines, std::uint64_t done) const;

 private:
  std::uint64_t whole_;
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
};

class Progress {
 public:
  explicit Progress(bool is_wanted = true);
  ~Progress();  // clears the line
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Redraws ten times a second at most. What is too long for the terminal's line is cut off.
  void show(const std::string& text);
  // Of a training, with a bar. seconds_left < 0: not known yet.
  void show(std::int64_t epoch, std::int64_t epochs, std::int64_t batch, std::int64_t batches,
            double lines_per_second, double loss, double seconds_left);
  void clear();  // before other output

 private:
  bool terminal_;
  bool shown_ = false;
  std::chrono::steady_clock::time_point last_;
};

}  // namespace favras::seq2seq
