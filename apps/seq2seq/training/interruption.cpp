#include "apps/seq2seq/training/interruption.h"

#include <array>
#include <mutex>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <thread>
#include <time.h>
#include <unistd.h>
#include <utility>

#include "apps/seq2seq/io/console.h"
#include "apps/seq2seq/io/signal_mask.h"

namespace favras::seq2seq {
namespace {

constexpr std::array kWatched{SIGINT, SIGTERM, SIGUSR1, SIGHUP, SIGXCPU};

struct Requests {
  std::mutex mutex;
  std::optional<std::string> reason;
  bool direct = false, passed_on = false;  // which signals have come, by their sender
  sigset_t signals{};
  pid_t supervisor = 0;  // 0: none
};

// Never destroyed: the waiting thread outlives main.
Requests& requests() {
  static Requests& all = *new Requests;
  return all;
}

// A parent that this process shall not outlive passes signals on.
pid_t supervisor_of_this_process() {
  int signal_on_its_end = 0;
  return prctl(PR_GET_PDEATHSIG, &signal_on_its_end) == 0 && signal_on_its_end != 0 ? getppid() : 0;
}

sigset_t not_ignored() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : kWatched) {
    struct sigaction action {};
    sigaction(number, nullptr, &action);
    if (action.sa_handler != SIG_IGN) sigaddset(&signals, number);
  }
  return signals;
}

void end_by(int number) {
  sigset_t one;
  sigemptyset(&one);
  sigaddset(&one, number);
  pthread_sigmask(SIG_UNBLOCK, &one, nullptr);
  raise(number);
}

void note(const siginfo_t& info) {
  request_interruption(std::string("SIG") + sigabbrev_np(info.si_signo));
  if (info.si_signo == SIGHUP || info.si_signo == SIGXCPU) return;
  Requests& all = requests();
  const bool passed_on = all.supervisor != 0 && info.si_pid == all.supervisor;
  const std::lock_guard lock(all.mutex);
  if (std::exchange(passed_on ? all.passed_on : all.direct, true)) end_by(info.si_signo);
}

[[noreturn]] void wait_for_signals() {
  for (;;)
    if (siginfo_t info; sigwaitinfo(&requests().signals, &info) > 0) note(info);
}

}  // namespace

void watch_for_interruption() {
  Requests& all = requests();
  all.signals = not_ignored();
  all.supervisor = supervisor_of_this_process();
  for (const int number : kWatched)
    if (sigismember(&all.signals, number)) signal(number, SIG_DFL);
  signal(SIGPIPE, SIG_IGN);
#pragma omp parallel  // the threads there are; later ones inherit the mask
  pthread_sigmask(SIG_BLOCK, &all.signals, nullptr);
  without_signals([] { return std::thread(wait_for_signals); }).detach();
}

std::optional<std::string> interruption_reason() {
  // What was sent to this thread alone does not reach the one that waits.
  const timespec no_wait{};
  if (siginfo_t info; sigtimedwait(&requests().signals, &info, &no_wait) > 0) note(info);
  const std::lock_guard lock(requests().mutex);
  return requests().reason;
}

bool interruption_requested() { return interruption_reason().has_value(); }

void request_interruption(std::string reason) {
  const std::lock_guard lock(requests().mutex);
  if (requests().reason) return;
  // Whoever pressed Ctrl-C shall not press it again while a long batch or a save goes on.
  if (isatty(STDERR_FILENO) == 1)
    tell(stderr,
         "\n" + reason + ": stopping after this batch, with a checkpoint; a second one ends at once\n");
  requests().reason = std::move(reason);
}

}  // namespace favras::seq2seq
