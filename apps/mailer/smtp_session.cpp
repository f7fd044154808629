#include "apps/mailer/smtp_session.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "apps/mailer/utf8.h"

namespace favras::mailer {

namespace {

constexpr std::size_t kBlock = 32768;  // bytes written at a time
constexpr auto kPauseWhenThrottled = std::chrono::minutes(5);

bool is_all_ascii(const Envelope& envelope) {
  return is_ascii(envelope.from) && std::all_of(envelope.to.begin(), envelope.to.end(),
                                                [](const std::string& address) { return is_ascii(address); });
}

Outcome outcome_of(const Reply& reply) {
  if (reply.is_positive()) return Outcome::kAccepted;
  return reply.is_permanent_failure() ? Outcome::kRefused : Outcome::kLater;
}

// Said to RCPT: no more recipients in this transaction. By RFC 5321 (4.5.3.1.10) that is 452, with the 552 of
// older servers; Dovecot says 451, but with RFC 3463's status for it.
bool is_too_many(const Reply& reply) {
  const std::string& text = reply.lines.front();
  return reply.code == 452 || reply.code == 552 || text.starts_with("4.5.3") || text.starts_with("5.5.3");
}

}  // namespace

std::string dot_stuffed(std::string_view eml) {
  std::string result;
  result.reserve(eml.size() + eml.size() / 64 + 5);
  bool at_start = true;
  for (const char c : eml) {
    if (at_start && c == '.') result += '.';
    result += c;
    at_start = c == '\n';
  }
  if (!result.ends_with("\r\n")) result += "\r\n";
  return result + ".\r\n";
}

void SmtpSession::note_pause(const Reply& reply) {
  if (reply.code == 454) wanted_pause_ = kPauseWhenThrottled;
}

void SmtpSession::refuse(const char* step, const Reply& reply) {
  note_pause(reply);
  throw SessionError(fmt::format("{}: the server says {}", step, redaction_.shown(reply)), wanted_pause_);
}

SmtpSession::Task<Reply> SmtpSession::command(std::string line, Limit limit, const char* step) {
  if (connection_.has_unread()) {  // also what a server says before it closes
    const Reply early = co_await connection_.reply(limit, step);
    refuse("the server spoke out of turn", early);
  }
  line += "\r\n";
  co_await connection_.write(line, limit, step);
  Reply reply = co_await connection_.reply(limit, step);
  if (reply.code == 421) refuse(step, reply);  // it closes the connection, whatever it was asked
  co_return reply;
}

SmtpSession::Task<> SmtpSession::open(std::string password) {
  redaction_.hide(password);
  const SmtpServer& server = settings_.server;
  co_await connection_.connect(server.host, server.port, settings_.timeouts.connect, report_);
  if (server.implicit_tls) co_await connection_.start_tls(server.host, settings_.timeouts.tls, report_);
  const Reply greeting = co_await connection_.reply(settings_.timeouts.greeting, "greeting");
  if (greeting.code != 220) refuse("greeting", greeting);
  report_("greeting: " + redaction_.shown(greeting));
  co_await hello();
  if (!server.implicit_tls) co_await upgrade();
  if (!server.user.empty()) co_await authenticate(password);
}

SmtpSession::Task<> SmtpSession::hello() {
  const Reply reply =
      co_await command("EHLO " + connection_.own_address(), settings_.timeouts.command, "EHLO");
  if (!reply.is_positive()) refuse("EHLO", reply);
  capabilities_ = read_capabilities(reply);
  report_("EHLO: " + redaction_.shown(reply));
}

SmtpSession::Task<> SmtpSession::upgrade() {
  if (!capabilities_.starttls)
    throw SessionError(
        "the server offers no STARTTLS, and nothing is sent in plain text (smtps:// has TLS from "
        "the first byte)");
  const Reply reply = co_await command("STARTTLS", settings_.timeouts.command, "STARTTLS");
  if (reply.code != 220) refuse("STARTTLS", reply);
  report_("STARTTLS: " + redaction_.shown(reply));
  co_await connection_.start_tls(settings_.server.host, settings_.timeouts.tls, report_);
  co_await hello();  // what was said before may have been anybody's word
}

SmtpSession::Task<SmtpSession::Recipients> SmtpSession::offer_recipients(const Envelope& envelope,
                                                                         const Recipients& recipients,
                                                                         Recipients& taken,
                                                                         const Tell& tell) {
  for (std::size_t i = 0; i < recipients.size(); ++i) {
    const std::string& address = envelope.to[recipients[i]];
    const Reply reply =
        co_await command(fmt::format("RCPT TO:<{}>", address), settings_.timeouts.command, "RCPT");
    report_(fmt::format("RCPT TO:<{}>: {}", address, redaction_.shown(reply)));
    if (reply.is_positive()) {
      taken.push_back(recipients[i]);
    } else if (is_too_many(reply) && !taken.empty()) {
      co_return Recipients(recipients.begin() + static_cast<std::ptrdiff_t>(i), recipients.end());
    } else {
      const Recipients one{recipients[i]};
      tell_all(one, is_too_many(reply) ? Outcome::kLater : outcome_of(reply), reply, tell);
    }
  }
  co_return Recipients{};
}

void SmtpSession::tell_all(const Recipients& recipients, Outcome outcome, const Reply& reply,
                           const Tell& tell) {
  note_pause(reply);
  for (const std::size_t recipient : recipients) tell({recipient, outcome, redaction_.shown(reply)});
}

// MAIL with what the server can use; `refusal` says why the message cannot be sent to it at all.
std::string SmtpSession::mail_command(const Envelope& envelope, std::string_view eml,
                                      const char*& refusal) const {
  std::string line = fmt::format("MAIL FROM:<{}>", envelope.from);
  if (capabilities_.size) {
    line += fmt::format(" SIZE={}", eml.size());
    if (*capabilities_.size != 0 && eml.size() > *capabilities_.size)
      refusal = "the message is longer than the server takes";
  }
  if (!is_all_ascii(envelope) || !is_ascii(eml)) {
    line += " BODY=8BITMIME SMTPUTF8";
    if (!capabilities_.smtputf8) refusal = "an address is not ASCII, and the server has no SMTPUTF8";
  }
  return line;
}

SmtpSession::Task<SmtpSession::Recipients> SmtpSession::transact(const Envelope& envelope,
                                                                 Recipients recipients, std::string_view eml,
                                                                 const Tell& tell) {
  const char* refusal = nullptr;
  const std::string line = mail_command(envelope, eml, refusal);
  if (refusal != nullptr) {
    for (const std::size_t recipient : recipients) tell({recipient, Outcome::kRefused, refusal});
    co_return Recipients{};
  }
  const Reply mail = co_await command(line, settings_.timeouts.command, "MAIL");
  report_(fmt::format("{}: {}", line, redaction_.shown(mail)));
  if (mail.code == 530 || mail.code == 535 || mail.code == 538)
    refuse("MAIL", mail);  // of the session, not of it
  if (!mail.is_positive()) {
    tell_all(recipients, outcome_of(mail), mail, tell);
    co_await reset();
    co_return Recipients{};
  }
  Recipients taken;
  Recipients left = co_await offer_recipients(envelope, recipients, taken, tell);
  if (taken.empty()) {
    co_await reset();
    co_return left;
  }
  const Reply end = co_await transfer(eml);
  tell_all(taken, outcome_of(end), end, tell);
  if (!end.is_positive()) co_await reset();
  co_return left;
}

SmtpSession::Task<Reply> SmtpSession::transfer(std::string_view eml) {
  Reply reply = co_await command("DATA", settings_.timeouts.data_start, "DATA");
  report_("DATA: " + redaction_.shown(reply));
  if (reply.is_positive()) refuse("DATA", reply);  // 354 was due; it must not pass for the end's
  if (reply.code != 354) co_return reply;
  const std::string data = dot_stuffed(eml);
  for (std::size_t i = 0; i < data.size(); i += kBlock)
    co_await connection_.write(std::string_view(data).substr(i, kBlock), settings_.timeouts.data_block,
                               "message");
  reply = co_await connection_.reply(settings_.timeouts.data_end, "end of the message");
  report_(fmt::format("message of {} bytes: {}", eml.size(), redaction_.shown(reply)));
  if (reply.code < 400 && !reply.is_positive()) refuse("end of the message", reply);
  co_return reply;
}

SmtpSession::Task<> SmtpSession::reset() {
  const Reply reply = co_await command("RSET", settings_.timeouts.command, "RSET");
  if (!reply.is_positive()) refuse("RSET", reply);
}

SmtpSession::Task<> SmtpSession::send(const Envelope& envelope, std::string_view eml, const Tell& tell) {
  wanted_pause_ = {};
  Recipients recipients(envelope.to.size());
  for (std::size_t i = 0; i < recipients.size(); ++i) recipients[i] = i;
  while (!recipients.empty()) recipients = co_await transact(envelope, std::move(recipients), eml, tell);
}

SmtpSession::Task<> SmtpSession::quit() {
  const Limit limit =
      std::min<Limit>(settings_.timeouts.command, std::chrono::seconds(5));  // nothing depends on it
  const Reply reply = co_await command("QUIT", limit, "QUIT");
  report_("QUIT: " + redaction_.shown(reply));
}

}  // namespace favras::mailer
