// Sends while something else works: messages are handed over without waiting, go to the spool in one thread
// and to the server in another, which tries again for as long as it takes.
//
// Both threads have every signal blocked. Whatever goes wrong is reported and costs nobody anything else.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "apps/mailer/backoff.h"
#include "apps/mailer/spool.h"
#include "apps/mailer/transport.h"

namespace favras::mailer {

class Sender {
 public:
  // The server is asked for a session at once, even if nothing lies in the spool, so that what is wrong is
  // known before the first message. `server` hears why there is no session, once until the reason is another,
  // and "" once there is one again; without it `report` hears that too. Both are called from both threads,
  // one at a time.
  Sender(Spool spool, std::unique_ptr<Transport> transport, Report report, Report server = {},
         Backoff backoff = {});
  // finish() with no time: nothing is waited for but the disk.
  ~Sender();

  // Never waits, never throws; the message's id and date are set here, and what cannot be composed is
  // reported. `kept` is called by a thread once the message is in the spool.
  void post(Message message, Urgency urgency, std::function<void()> kept = {}) noexcept;

  // Everything posted goes to the spool; then what waits there is tried once more, for at most so long. How
  // many messages wait there still; those that are lost, for which the spool had no room, are reported. Call
  // it once, last.
  std::size_t finish(std::chrono::milliseconds limit) noexcept;

 private:
  class Threads;
  std::unique_ptr<Threads> threads_;
};

}  // namespace favras::mailer
