// The program seq2seq at a terminal: what the screen shows, what is typed, and that it goes away.
#pragma once

#include <array>
#include <pty.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "tests/apps/seq2seq/program.h"

namespace favras::test {

class Terminal {
 public:
  explicit Terminal(Words words) {
    words.insert(words.begin(), "seq2seq");
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    child_ = ::forkpty(&terminal_, nullptr, nullptr, nullptr);
    if (child_ < 0) throw std::runtime_error("forkpty failed");
    if (child_ > 0) return;
    ::execv(FAVRAS_PROGRAM, arguments.data());
    ::_exit(127);
  }
  ~Terminal() {
    if (child_ > 0) ::kill(child_, SIGKILL);
    if (child_ > 0) finish();
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  // Reads on until the screen has shown the text; false if the program ended without it.
  bool shows(std::string_view text) {
    while (screen_.find(text) == screen_.npos)
      if (!read_some()) return false;
    return true;
  }
  void type(std::string_view keys) const {
    if (::write(terminal_, keys.data(), keys.size()) != static_cast<ssize_t>(keys.size()))
      throw std::runtime_error("cannot type");
  }
  void close() {
    if (terminal_ >= 0) ::close(std::exchange(terminal_, -1));
  }
  const std::string& screen() const { return screen_; }

  // The status of its exit, or minus the signal that killed it.
  int finish() {
    while (terminal_ >= 0 && read_some()) {
    }
    int status = 0;
    if (::waitpid(std::exchange(child_, 0), &status, 0) < 0) throw std::runtime_error("waitpid failed");
    close();
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

 private:
  bool read_some() {  // of a terminal whose last program has ended it is an error
    std::array<char, 4096> part;
    const ssize_t size = ::read(terminal_, part.data(), part.size());
    if (size > 0) screen_.append(part.data(), static_cast<std::size_t>(size));
    return size > 0;
  }

  int terminal_ = -1;
  pid_t child_ = 0;
  std::string screen_;
};

}  // namespace favras::test
