#include "apps/seq2seq/interruption.h"

#include <atomic>
#include <signal.h>

namespace favras::seq2seq {
namespace {

std::atomic<bool> requested{false};
static_assert(std::atomic<bool>::is_always_lock_free);

constexpr int kSignals[] = {SIGINT, SIGTERM};

void request(int) {
  requested = true;
  for (const int each : kSignals) signal(each, SIG_DFL);  // of a second one, whichever it is
}

}  // namespace

void watch_for_interruption() {
  struct sigaction action {};
  action.sa_handler = request;
  action.sa_flags = SA_RESTART;
  for (const int each : kSignals) sigaction(each, &action, nullptr);
}

bool interruption_requested() { return requested; }

}  // namespace favras::seq2seq
