// Sends while something else works: messages are handed over without waiting, go to the spool in one thread
// and to the server in another, which tries again for as long as it takes.
//
// Both threads have every signal blocked. Whatever goes wrong is reported and costs nobody anything else.
#pragma once

#include <chrono>
#include <memory>

#include "apps/mailer/backoff.h"
#include "apps/mailer/spool.h"
#include "apps/mailer/transport.h"

namespace favras::mailer {

class Sender {
 public:
  // What lies in the spool goes out at once. `report` is called from both threads, one at a time.
  Sender(Spool spool, std::unique_ptr<Transport> transport, Report report, Backoff backoff = {});
  // finish() without a limit of its own: nothing is waited for but the disk.
  ~Sender();

  // Never waits, never throws; the message's id and date are set here, and what cannot be composed is
  // reported.
  void post(Message message, Urgency urgency) noexcept;

  // Everything posted goes to the spool; then what waits there is tried once more, for at most so long. Call
  // it once, last.
  void finish(std::chrono::milliseconds limit) noexcept;

 private:
  class Threads;
  std::unique_ptr<Threads> threads_;
};

}  // namespace favras::mailer
