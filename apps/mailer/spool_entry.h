// A file of the spool: the envelope in lines, the message behind it, and at the end what the server said of
// the recipients that it refused. docs/formats.md has the format.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "apps/mailer/message.h"
#include "apps/mailer/transport.h"

namespace favras::mailer {

// Of those of one thread that wait, digests are folded into one, and give way when the spool is full.
enum class Urgency { kCritical, kDigest };

struct Letter {
  Urgency urgency = Urgency::kCritical;
  std::string thread;  // as in Message
  Envelope envelope;
  std::string eml;
  std::vector<Outcome> outcomes;  // of each recipient; kLater: not settled

  Letter() = default;
  Letter(const Message& message, Urgency urgency);  // throws as compose() does

  bool is_settled() const;
  bool has_refused() const;
};

std::string write_entry(const Letter& letter);

struct Entry {
  Letter letter;
  std::vector<std::size_t> places;  // in the file, of the byte that is a recipient's outcome
};

// Throws std::runtime_error for anything that write_entry() does not write, but for text behind the message.
Entry read_entry(std::string_view bytes);

char symbol_of(Outcome outcome);

}  // namespace favras::mailer
