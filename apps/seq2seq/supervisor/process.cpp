#include "apps/seq2seq/supervisor/process.h"

#include <cerrno>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <system_error>
#include <unistd.h>

namespace favras::seq2seq {
namespace {

bool is_ignored(int number) {
  struct sigaction action {};
  sigaction(number, nullptr, &action);
  return action.sa_handler == SIG_IGN;
}

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

// Between fork and exec: nothing that allocates.
[[noreturn]] void become(const ProcessStart& start, char* const* words, pid_t parent, const sigset_t& mask) {
  if (start.signal_on_our_end != 0) {
    prctl(PR_SET_PDEATHSIG, start.signal_on_our_end);
    if (getppid() != parent) _exit(127);  // it has ended before
  }
  if (start.err >= 0) dup2(start.err, STDERR_FILENO);
  sigprocmask(SIG_SETMASK, &mask, nullptr);
  execv(start.file.c_str(), words);
  _exit(127);
}

}  // namespace

SignalInbox::SignalInbox() {
  signal(SIGCHLD, SIG_DFL);  // ignored, it would take the children's statuses away
  sigemptyset(&read_);
  for (const int number : {SIGINT, SIGTERM, SIGUSR1, SIGHUP, SIGCHLD})
    if (!is_ignored(number)) sigaddset(&read_, number);
  sigset_t blocked = read_;
  sigaddset(&blocked, SIGPIPE);
  sigprocmask(SIG_BLOCK, &blocked, &before_);
  descriptor_ = signalfd(-1, &read_, SFD_CLOEXEC | SFD_NONBLOCK);
  if (descriptor_ < 0) fail("signalfd");
}

SignalInbox::~SignalInbox() { close(descriptor_); }

std::optional<int> SignalInbox::next() {
  signalfd_siginfo info;
  if (read(descriptor_, &info, sizeof info) != sizeof info) return std::nullopt;
  return static_cast<int>(info.ssi_signo);
}

void SignalInbox::let_go() {
  while (next()) {  // those so far have been heard, or come too late to matter
  }
  sigprocmask(SIG_UNBLOCK, &read_, nullptr);
}

pid_t start_process(const ProcessStart& start, const SignalInbox& inbox) {
  std::vector<char*> words;
  for (const std::string& word : start.words) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child < 0) fail("fork");
  if (child == 0) become(start, words.data(), parent, inbox.mask_before());
  return child;
}

}  // namespace favras::seq2seq
