#include "apps/seq2seq/watchers/command_watcher.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "apps/seq2seq/io/console.h"
#include "apps/seq2seq/io/signal_mask.h"

namespace favras::seq2seq {
namespace {

constexpr std::size_t kMostWaiting = 1000;

void say(const std::string& text) { tell(stderr, "--on-event: " + text + '\n'); }

// The text as a file to be read; a pipe would fill up.
int file_with(const std::string& text) {
  const int file = ::memfd_create("event", MFD_CLOEXEC);
  if (file < 0 || ::write(file, text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
      ::lseek(file, 0, SEEK_SET) != 0) {
    ::close(file);
    return -1;
  }
  return file;
}

// In a process group of its own, with no signal blocked or ignored; 0 or the error's number.
int start(const std::string& command, int in, pid_t& process) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO,
                                   STDOUT_FILENO);  // standard output is the training's
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  const char* const words[] = {"sh", "-c", command.c_str(), nullptr};
  const int error =
      posix_spawn(&process, "/bin/sh", &actions, &attributes, const_cast<char* const*>(words), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return error;
}

// Whether it ends by then.
bool ends_in_time(pid_t process, std::chrono::steady_clock::time_point deadline) {
  const auto descriptor = static_cast<int>(::syscall(SYS_pidfd_open, process, 0));
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
  pollfd ended{descriptor, POLLIN, 0};
  const int ready = ::poll(&ended, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
  ::close(descriptor);
  return ready > 0;
}

}  // namespace

CommandWatcher::CommandWatcher(std::string command, std::chrono::milliseconds limit)
    : command_(std::move(command)), limit_(limit) {
  thread_ = without_signals([this] { return std::thread([this] { work(); }); });
}

CommandWatcher::~CommandWatcher() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    end_ = Clock::now() + limit_;
  }
  changed_.notify_all();
  thread_.join();
}

void CommandWatcher::event(const boost::json::object& event) {
  const std::lock_guard lock(mutex_);
  if (waiting_.size() >= kMostWaiting) waiting_.pop_front();
  waiting_.push_back(boost::json::serialize(event) + '\n');
  changed_.notify_all();
}

void CommandWatcher::failed(const std::string& reason) { event({{"event", "failed"}, {"reason", reason}}); }

void CommandWatcher::work() {
  int failures = 0;
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return ending_ || !waiting_.empty(); });
    if (waiting_.empty() || Clock::now() >= end_) break;
    const std::string event = std::move(waiting_.front());
    waiting_.pop_front();
    const Clock::time_point deadline = std::min(Clock::now() + limit_, end_);
    lock.unlock();
    const std::string problem = run_command(event, deadline);
    if (!problem.empty() && ++failures == 1) say(problem + "; if it fails again, the end tells how often");
    lock.lock();
  }
  if (failures > 1) say(fmt::format("it failed {} times in all", failures));
}

std::string CommandWatcher::run_command(const std::string& event, Clock::time_point deadline) const {
  const int in = file_with(event);
  pid_t process = 0;
  const int error = in < 0 ? errno : start(command_, in, process);
  ::close(in);
  if (error != 0) return fmt::format("it could not be started: {}", std::strerror(error));
  const bool is_in_time = ends_in_time(process, deadline);
  if (!is_in_time) ::kill(-process, SIGKILL);
  int status = 0;
  ::waitpid(process, &status, 0);
  if (!is_in_time) return "it took too long and was killed";
  if (WIFSIGNALED(status)) return fmt::format("it was ended by SIG{}", sigabbrev_np(WTERMSIG(status)));
  return WEXITSTATUS(status) == 0 ? "" : fmt::format("it failed with status {}", WEXITSTATUS(status));
}

}  // namespace favras::seq2seq
