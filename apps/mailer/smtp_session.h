// The dialogue with an SMTP server, as coroutines; smtp_client.h puts a thread's calls in front of them.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/mailer/connection.h"
#include "apps/mailer/redaction.h"
#include "apps/mailer/smtp_client.h"

namespace favras::mailer {

using Tell = std::function<void(const Verdict&)>;

class SmtpSession {
 public:
  template <class T = void>
  using Task = boost::asio::awaitable<T>;

  // All of them outlive the session.
  SmtpSession(boost::asio::io_context& context, boost::asio::ssl::context& tls, const SmtpSettings& settings,
              const Report& report)
      : settings_(settings), report_(report), connection_(context, tls) {}

  Task<> open(std::string password);
  Task<> send(const Envelope& envelope, std::string_view eml, const Tell& tell);
  Task<> quit();

  void cut() { connection_.abandon(); }
  std::chrono::seconds wanted_pause() const { return wanted_pause_; }

 private:
  using Recipients = std::vector<std::size_t>;  // indices into Envelope::to

  Task<Reply> command(std::string line, Limit limit, const char* step);
  Task<> hello();
  Task<> upgrade();
  Task<> authenticate(const std::string& password);
  Task<Reply> authenticate_with(const std::string& mechanism, const std::string& first);
  Task<Reply> log_in(const std::string& password);

  // Gives the recipients that it has no verdict for: those beyond what the server takes at a time.
  Task<Recipients> transact(const Envelope& envelope, Recipients recipients, std::string_view eml,
                            const Tell& tell);
  Task<Recipients> offer_recipients(const Envelope& envelope, const Recipients& recipients, Recipients& taken,
                                    const Tell& tell);
  Task<Reply> transfer(std::string_view eml);
  Task<> reset();
  std::string mail_command(const Envelope& envelope, std::string_view eml, const char*& refusal) const;
  void tell_all(const Recipients& recipients, Outcome outcome, const Reply& reply, const Tell& tell);
  void note_pause(const Reply& reply);
  [[noreturn]] void refuse(const char* step, const Reply& reply);

  const SmtpSettings& settings_;
  const Report& report_;
  Connection connection_;
  Capabilities capabilities_;
  Redaction redaction_;
  std::chrono::seconds wanted_pause_{};
};

// A message as DATA wants it: a dot more where a line starts with one, and the final dot.
std::string dot_stuffed(std::string_view eml);

}  // namespace favras::mailer
