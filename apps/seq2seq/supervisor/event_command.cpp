#include "apps/seq2seq/supervisor/event_command.h"

#include <exception>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

#include "apps/seq2seq/supervisor/ending.h"

namespace favras::seq2seq {
namespace {

// The text as a file to be read; a pipe would fill up.
int file_with(const std::string& text) {
  const int file = memfd_create("event", MFD_CLOEXEC);
  if (file < 0 || write(file, text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
      lseek(file, 0, SEEK_SET) != 0) {
    close(file);
    return -1;
  }
  return file;
}

}  // namespace

EventCommand::EventCommand(std::string command, Clock::duration limit, const SignalInbox& inbox, Say say)
    : command_(std::move(command)), limit_(limit), inbox_(inbox), say_(std::move(say)) {}

EventCommand::~EventCommand() {
  if (running_ == 0) return;
  kill(-running_, SIGKILL);
  waitpid(running_, nullptr, 0);
}

void EventCommand::tell(std::string event) {
  if (command_.empty()) return;
  waiting_.push_back(std::move(event));
  if (running_ == 0) start_next();
}

void EventCommand::start_next() {
  const int event = file_with(waiting_.front());
  waiting_.pop_front();
  try {
    running_ = start_process({.file = "/bin/sh",
                              .words = {"sh", "-c", command_},
                              .in = event,
                              .out = STDERR_FILENO,  // standard output is the trainer's
                              .own_group = true},
                             inbox_);
    setpgid(running_, running_);  // whoever of us two comes first
    deadline_ = Clock::now() + limit_;
  } catch (const std::exception& error) {
    say_(fmt::format("the event command could not be started: {}", error.what()));
  }
  close(event);
}

void EventCommand::look_after() {
  if (running_ != 0 && Clock::now() >= deadline_) {
    say_("the event command takes too long and is killed");
    kill(-running_, SIGKILL);
    deadline_ = Clock::time_point::max();
  }
  int status = 0;
  if (running_ != 0 && waitpid(running_, &status, WNOHANG) == running_) {
    if (status != 0 && deadline_ != Clock::time_point::max())
      say_(WIFEXITED(status)
               ? fmt::format("the event command failed with status {}", WEXITSTATUS(status))
               : fmt::format("the event command was ended by {}", signal_name(WTERMSIG(status))));
    running_ = 0;
  }
  if (running_ == 0 && !waiting_.empty()) start_next();
}

std::optional<EventCommand::Clock::time_point> EventCommand::deadline() const {
  return running_ != 0 ? std::optional(deadline_) : std::nullopt;
}

}  // namespace favras::seq2seq
