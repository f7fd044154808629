#include "apps/seq2seq/interruption.h"

#include <initializer_list>
#include <signal.h>
#include <time.h>

namespace favras::seq2seq {
namespace {

sigset_t watched() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM}) sigaddset(&signals, signal);
  return signals;
}

}  // namespace

void watch_for_interruption() {
  const sigset_t signals = watched();
  for (const int number : {SIGINT, SIGTERM}) signal(number, SIG_DFL);  // a second one ends the process
#pragma omp parallel  // the threads there are; later ones inherit the mask
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

bool interruption_requested() {
  static bool requested = false;
  if (requested) return true;
  const sigset_t signals = watched();
  const timespec no_wait{};
  requested = sigtimedwait(&signals, nullptr, &no_wait) > 0;
  if (requested) pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
  return requested;
}

}  // namespace favras::seq2seq
