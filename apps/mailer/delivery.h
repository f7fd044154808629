// Passes over a spool: everything that is due goes to the server in one session, and what becomes of each
// recipient is recorded before anything else is sent.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "apps/mailer/backoff.h"
#include "apps/mailer/spool.h"
#include "apps/mailer/transport.h"

namespace favras::mailer {

class Delivery {
 public:
  using Clock = std::chrono::system_clock;

  struct Pass {
    std::size_t accepted = 0;                   // messages of which all recipients are settled, none refused
    std::size_t refused = 0;                    // messages with a refused recipient, set aside
    std::size_t left = 0;                       // messages that wait
    std::size_t refusals = 0;                   // recipients refused for good, whatever becomes of the others
    bool session = false;                       // the server was asked for one
    std::string failure;                        // why the session ended early; "" if it did not
    std::chrono::seconds pause{};               // the server's wish
    std::optional<Clock::time_point> next_due;  // of those left
  };

  // All outlive the object.
  Delivery(Spool& spool, Transport& transport, Report report, Backoff backoff = {});

  // For a message that the spool cannot take: it is sent from memory, and put as soon as there is room. Of
  // more than 100 the newest are lost, which is reported.
  void keep_in_memory(Letter letter);

  enum class Scope { kDue, kAll, kMemory };  // kAll: also what was put off; kMemory: without the spool

  // The caller holds the SpoolLock, but for kMemory. Throws nothing that a server or a disk could cause. With
  // `greet` there is a session even if there is no message for it.
  Pass run(Clock::time_point now, Scope scope = Scope::kDue, bool greet = false);

  // Puts what is in memory into the spool, as far as that has room by now.
  void empty_memory();
  std::size_t in_memory() const { return memory_.size(); }

 private:
  struct Item {
    std::string name;  // in the spool, or of memory_
    Letter letter;
  };
  using Group = std::vector<Item>;  // one message for the server; several only of digests, the oldest first

  struct Rest {
    unsigned failures = 0;
    Clock::time_point until{};
  };

  std::vector<Item> due(Clock::time_point now, Scope scope, Pass& pass);
  std::optional<Letter> load(const std::string& name);
  void send(Group& group, Clock::time_point now, Pass& pass);
  void settle(Item& item, std::size_t recipient, const Verdict& verdict);
  void finish(Item& item, Pass& pass);

  Spool& spool_;
  Transport& transport_;
  Report report_;
  Backoff backoff_;
  std::map<std::string, Letter> memory_;
  std::size_t kept_ = 0;                                    // letters ever in memory_
  std::map<std::string, std::vector<Outcome>> unrecorded_;  // what the disk did not take
  std::map<std::string, Rest> resting_;
};

}  // namespace favras::mailer
