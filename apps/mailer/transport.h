// Whatever takes messages from the spool: a session with an SMTP server, or what a test puts in its place.
#pragma once

#include <chrono>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "apps/mailer/message.h"

namespace favras::mailer {

// One recipient's part of a message: accepted by the server, to be tried again, or refused for good.
enum class Outcome { kAccepted, kLater, kRefused };

struct Verdict {
  std::size_t recipient;  // index into Envelope::to
  Outcome outcome;
  std::string reply;  // what the server said, for people
};

// The session is over and says nothing about the messages, which are kept: no connection, no certificate, a
// wrong password, a time-out.
struct SessionError : std::runtime_error {
  explicit SessionError(const std::string& what, std::chrono::seconds pause = {})
      : std::runtime_error(what), wait_at_least(pause) {}
  std::chrono::seconds wait_at_least;  // before the next session
};

// A line for people on what happens; never a secret.
using Report = std::function<void(const std::string&)>;

class Transport {
 public:
  virtual ~Transport() = default;

  // A session that is ready for messages. Throws SessionError.
  virtual void open() = 0;
  // Hands one message over and tells each recipient's verdict as soon as it is known. Throws SessionError
  // when the session ends before that; recipients without verdict are to be tried again.
  virtual void send(const Envelope& envelope, std::string_view eml,
                    const std::function<void(const Verdict&)>& tell) = 0;
  virtual void close() noexcept = 0;

  // From any thread: what runs ends soon, with SessionError, and so does all that is called afterwards.
  virtual void cancel() noexcept = 0;

  // After send() gave verdicts of kLater: how long the server wants to be left alone; 0 if it does not say.
  virtual std::chrono::seconds wanted_pause() const { return {}; }
};

}  // namespace favras::mailer
