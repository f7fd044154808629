#include "apps/seq2seq/supervisor/trainer_process.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <pty.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace favras::seq2seq {
namespace {

constexpr std::size_t kLongestLine = 1000;

// What a terminal shows of the line: progress is drawn over, from its start.
std::string seen(const std::string& line) {
  std::string text = line;
  while (text.ends_with('\r')) text.pop_back();
  if (const auto start = text.rfind('\r'); start != text.npos) text.erase(0, start + 1);
  for (std::size_t at; (at = text.find("\x1b[K")) != text.npos;) text.erase(at, 3);
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

// Nobody reads it any more: that is no reason to stop.
void write_to_errors(const char* text, std::size_t size) {
  while (size > 0) {
    const ssize_t written = write(STDERR_FILENO, text, size);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    text += written;
    size -= static_cast<std::size_t>(written);
  }
}

}  // namespace

void LastLine::add(std::string_view part) {
  for (const char c : part) {
    if (c != '\n') {
      if (c == '\r' && current_.size() > kLongestLine) current_.clear();
      if (current_.size() <= kLongestLine) current_ += c;
      continue;
    }
    last_ = text();
    current_.clear();
  }
}

std::string LastLine::text() const {
  const std::string line = seen(current_);
  const bool says_nothing = line.empty() || line.ends_with("--help says more.");
  return says_nothing ? last_ : line;
}

TrainerProcess::TrainerProcess(const std::vector<std::string>& words, const SignalInbox& inbox) {
  std::array<int, 2> ends{-1, -1};
  const bool made = isatty(STDERR_FILENO) == 1 ? openpty(&ends[0], &ends[1], nullptr, nullptr, nullptr) == 0
                                               : pipe2(ends.data(), O_CLOEXEC) == 0;
  if (!made) throw std::system_error(errno, std::generic_category(), "no pipe for the trainer");
  for (const int end : ends) fcntl(end, F_SETFD, FD_CLOEXEC);
  fcntl(ends[0], F_SETFL, O_NONBLOCK);
  errors_ = ends[0];
  ProcessStart start{
      .file = "/proc/self/exe", .words = {"seq2seq"}, .err = ends[1], .signal_on_our_end = SIGTERM};
  start.words.insert(start.words.end(), words.begin(), words.end());
  try {
    child_ = start_process(start, inbox);
  } catch (...) {
    close(ends[0]);
    close(ends[1]);
    throw;
  }
  close(ends[1]);
}

TrainerProcess::~TrainerProcess() {
  if (errors_ >= 0) close(errors_);
}

void TrainerProcess::pass_on() {
  std::array<char, 4096> part;
  while (errors_ >= 0) {
    const ssize_t size = read(errors_, part.data(), part.size());
    if (size > 0) {
      last_line_.add({part.data(), static_cast<std::size_t>(size)});
      write_to_errors(part.data(), static_cast<std::size_t>(size));
    } else if (size < 0 && errno == EAGAIN) {
      return;
    } else if (size == 0 || errno != EINTR) {  // closed; of a terminal it is EIO
      close(std::exchange(errors_, -1));
    }
  }
}

std::optional<int> TrainerProcess::ended() {
  int status = 0;
  if (child_ == 0 || waitpid(child_, &status, WNOHANG) != child_) return std::nullopt;
  pass_on();
  child_ = 0;
  return status;
}

}  // namespace favras::seq2seq
