#include "apps/seq2seq/interruption.h"

#include <atomic>
#include <signal.h>

namespace favras::seq2seq {
namespace {

std::atomic<bool> requested{false};
static_assert(std::atomic<bool>::is_always_lock_free);

void request(int) { requested = true; }

}  // namespace

void watch_for_interruption() {
  struct sigaction action {};
  action.sa_handler = request;
  action.sa_flags = SA_RESETHAND | SA_RESTART;
  for (const int signal : {SIGINT, SIGTERM}) sigaction(signal, &action, nullptr);
}

bool interruption_requested() { return requested; }

}  // namespace favras::seq2seq
