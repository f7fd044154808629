// SmtpSession's part that proves who sends: PLAIN (RFC 4616), LOGIN and XOAUTH2, under TLS alone.
#include <fmt/format.h>

#include "apps/mailer/encoding.h"
#include "apps/mailer/smtp_session.h"

namespace favras::mailer {

namespace {

constexpr std::size_t kLongestCommand = 512;                   // bytes, RFC 5321
constexpr auto kPauseAfterRefusal = std::chrono::minutes(15);  // wrong passwords in a row lock accounts

std::string mechanism_for(Authentication wanted, const std::set<std::string>& offered) {
  std::string mechanism = offered.contains("PLAIN") || !offered.contains("LOGIN") ? "PLAIN" : "LOGIN";
  if (wanted == Authentication::kPlain) mechanism = "PLAIN";
  if (wanted == Authentication::kLogin) mechanism = "LOGIN";
  if (wanted == Authentication::kXoauth2) mechanism = "XOAUTH2";
  if (!offered.contains(mechanism)) {
    std::string list;
    for (const std::string& name : offered) list += " " + name;
    throw SessionError(fmt::format("the server does not offer AUTH {}, but{}", mechanism,
                                   list.empty() ? " none at all" : list));
  }
  return mechanism;
}

}  // namespace

// The first response goes with the command unless that gets too long (RFC 4954).
SmtpSession::Task<Reply> SmtpSession::authenticate_with(const std::string& mechanism,
                                                        const std::string& first) {
  std::string line = fmt::format("AUTH {} {}", mechanism, first);
  if (line.size() + 2 <= kLongestCommand) {
    Reply at_once = co_await command(std::move(line), settings_.timeouts.command, "AUTH");
    co_return at_once;
  }
  Reply reply = co_await command("AUTH " + mechanism, settings_.timeouts.command, "AUTH");
  if (reply.code == 334) reply = co_await command(first, settings_.timeouts.command, "AUTH");
  co_return reply;
}

SmtpSession::Task<Reply> SmtpSession::log_in(const std::string& password) {
  Reply reply = co_await command("AUTH LOGIN", settings_.timeouts.command, "AUTH");
  if (reply.code == 334)
    reply = co_await command(base64(settings_.server.user), settings_.timeouts.command, "AUTH");
  if (reply.code == 334) reply = co_await command(base64(password), settings_.timeouts.command, "AUTH");
  co_return reply;
}

SmtpSession::Task<> SmtpSession::authenticate(const std::string& password) {
  if (!connection_.is_encrypted()) throw SessionError("AUTH without TLS: nothing is said in plain text");
  const std::string mechanism = mechanism_for(settings_.authentication, capabilities_.mechanisms);
  const std::string& user = settings_.server.user;
  std::string response = '\0' + user + '\0' + password;
  if (mechanism == "XOAUTH2") response = fmt::format("user={}\1auth=Bearer {}\1\1", user, password);
  redaction_.hide(response);
  Reply reply;
  if (mechanism == "LOGIN") {
    reply = co_await log_in(password);
  } else {
    reply = co_await authenticate_with(mechanism, base64(response));
  }
  if (reply.code == 334 && mechanism == "XOAUTH2")  // says what is wrong, and waits to be answered
    reply = co_await command("", settings_.timeouts.command, "AUTH");
  report_(fmt::format("AUTH {} as {}: {}", mechanism, user, redaction_.shown(reply)));
  if (reply.code == 235) co_return;
  if (reply.is_permanent_failure()) wanted_pause_ = kPauseAfterRefusal;
  refuse("AUTH", reply);
}

}  // namespace favras::mailer
