// The trainer as a child process. What it says on standard error is passed on, and its last line kept; on a
// terminal it still finds a terminal there, and shows its progress.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "apps/seq2seq/supervisor/process.h"

namespace favras::seq2seq {

// The last line worth keeping of a text that comes in parts.
class LastLine {
 public:
  void add(std::string_view part);
  std::string text() const;  // of the line that is not yet ended, if it says something

 private:
  std::string last_, current_;
};

class TrainerProcess {
 public:
  // words: "train" and its options. It gets SIGTERM when this process ends. Throws std::system_error.
  TrainerProcess(const std::vector<std::string>& words, const SignalInbox& inbox);
  ~TrainerProcess();
  TrainerProcess(const TrainerProcess&) = delete;
  TrainerProcess& operator=(const TrainerProcess&) = delete;

  pid_t id() const { return child_; }
  int errors() const { return errors_; }  // readable when it has said something; -1: it has closed it
  void pass_on();                         // what it has said so far
  std::optional<int> ended();             // what waitpid says, once it has ended
  std::string last_line() const { return last_line_.text(); }

 private:
  int errors_ = -1;
  pid_t child_ = 0;
  LastLine last_line_;
};

}  // namespace favras::seq2seq
