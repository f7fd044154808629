// Threads to which no signal is ever delivered.
#pragma once

#include <signal.h>

namespace favras::seq2seq {

// What start() gives; a thread that it starts takes over the mask, with all signals blocked.
template <class Start>
auto without_signals(Start start) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  auto started = start();
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return started;
}

}  // namespace favras::seq2seq
