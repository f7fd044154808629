// A session with an SMTP server: greeting, TLS, authentication, messages (RFC 5321, 3207, 4954, 1870, 6531).
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "apps/mailer/credentials.h"
#include "apps/mailer/smtp_url.h"
#include "apps/mailer/transport.h"

namespace favras::mailer {

// How long each step may take, as RFC 5321 has it where it says; the wait for the reply to the final dot is
// the longest, since a message that is given up there may still arrive, and then does so twice.
struct Timeouts {
  using Span = std::chrono::milliseconds;
  Span connect = std::chrono::seconds(30);  // for each address
  Span tls = std::chrono::seconds(30);
  Span greeting = std::chrono::minutes(5);
  Span command = std::chrono::minutes(5);
  Span data_start = std::chrono::minutes(2);
  Span data_block = std::chrono::minutes(3);  // for each 32 KiB
  Span data_end = std::chrono::minutes(10);
};

enum class Authentication { kAuto, kPlain, kLogin, kXoauth2 };  // kAuto: PLAIN if offered, else LOGIN

struct SmtpSettings {
  SmtpServer server;
  std::string ca_file;  // certificates of authorities instead of the system's; "" for those
  Authentication authentication = Authentication::kAuto;
  PasswordSource password;  // read anew for each session, and forgotten with it
  Timeouts timeouts;
};

class SmtpClient : public Transport {
 public:
  // `report` hears of every step.
  explicit SmtpClient(SmtpSettings settings, Report report = {});
  ~SmtpClient() override;

  void open() override;
  void send(const Envelope& envelope, std::string_view eml,
            const std::function<void(const Verdict&)>& tell) override;
  void close() noexcept override;
  void cancel() noexcept override;
  std::chrono::seconds wanted_pause() const override;

 private:
  class Session;
  std::shared_ptr<Session> session() const;

  SmtpSettings settings_;
  Report report_;
  struct Shared;  // what cancel() may touch
  std::unique_ptr<Shared> shared_;
};

}  // namespace favras::mailer
