#include "apps/mailer/message.h"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <ctime>
#include <stdexcept>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <openssl/rand.h>

#include "apps/mailer/encoding.h"
#include "apps/mailer/error.h"
#include "apps/mailer/utf8.h"

namespace favras::mailer {
namespace {

constexpr std::string_view kPng = "\x89PNG\r\n\x1a\n";

void refuse_line_breaks(std::string_view what, std::string_view text) {
  if (text.find_first_of(std::string_view("\r\n\0", 3)) != text.npos)
    throw UsageError(fmt::format("the {} has a line break or a zero in it", what));
}

bool is_token(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return c < 0x80 && (std::isalnum(c) || c == '.' || c == '-' || c == '_');
  });
}

// Fit for a header: escape sequences and the like become spaces.
std::string header_text(std::string_view text) {
  std::string result = well_formed(text);
  for (char& c : result)
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) c = ' ';
  return result;
}

std::vector<Mailbox> header_mailboxes(std::vector<Mailbox> mailboxes) {
  for (Mailbox& mailbox : mailboxes) mailbox.name = header_text(mailbox.name);
  return mailboxes;
}

void check(const Message& message) {
  refuse_line_breaks("subject", message.subject);
  if (message.to.empty()) throw UsageError("the message has no recipient in To");
  std::vector<Mailbox> all{message.from};
  for (const auto* list : {&message.to, &message.bcc}) all.insert(all.end(), list->begin(), list->end());
  for (const Mailbox& mailbox : all) {
    refuse_line_breaks("name before an address", mailbox.name);
    check_address(mailbox.address);
  }
  if (!is_token(message.thread) || message.thread.size() > 200)
    throw UsageError("a thread is named with at most 200 letters, digits, '.', '-' and '_'");
  const std::size_t at = message.id.find('@');
  if (at == message.id.npos || at == 0 || !is_token(message.id.substr(0, at)))
    throw UsageError("the message has no id: call stamp() first");
  check_address(message.id);
  if (!message.picture.empty() && !message.picture.starts_with(kPng))
    throw UsageError("the picture is not a PNG");
  if (!message.picture.empty() && message.html.empty())
    throw UsageError("a picture needs HTML that shows it");
}

std::string date_text(std::int64_t seconds) {
  const auto time = static_cast<std::time_t>(seconds);
  std::tm parts{};
  ::gmtime_r(&time, &parts);
  constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  return fmt::format("{}, {} {} {} {:02}:{:02}:{:02} +0000", kDays[parts.tm_wday], parts.tm_mday,
                     kMonths[parts.tm_mon], parts.tm_year + 1900, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

std::string text_part(std::string_view type, std::string_view text) {
  return fmt::format(
      "Content-Type: text/{}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{}", type,
      quoted_printable(well_formed(text)));
}

std::string picture_part(const Message& message) {
  return fmt::format(
      "Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\nContent-ID: <picture.{}>\r\n"
      "Content-Disposition: inline; filename=\"picture.png\"\r\n\r\n{}",
      message.id, base64_lines(message.picture));
}

// No line of quoted-printable or base64 starts like this boundary: '=' is followed by hexadecimal digits
// there.
std::string multipart(std::string_view type, std::string_view boundary,
                      const std::vector<std::string>& parts) {
  std::string result = fmt::format("Content-Type: multipart/{}; boundary=\"{}\"\r\n\r\n", type, boundary);
  for (const std::string& part : parts) result += fmt::format("--{}\r\n{}\r\n", boundary, part);
  return result + fmt::format("--{}--\r\n", boundary);
}

std::string with_picture_id(std::string html, const std::string& id) {
  constexpr std::string_view kPlaceholder = "cid:picture";
  for (std::size_t at = 0; (at = html.find(kPlaceholder, at)) != html.npos; at += kPlaceholder.size())
    html.insert(at + kPlaceholder.size(), "." + id);
  return html;
}

std::string body(const Message& message) {
  if (message.html.empty()) return text_part("plain", message.text);
  std::string html =
      text_part("html", message.picture.empty() ? message.html : with_picture_id(message.html, message.id));
  if (!message.picture.empty())
    html = multipart("related; type=\"text/html\"", "=_related", {html, picture_part(message)});
  return multipart("alternative", "=_alternative", {text_part("plain", message.text), html});
}

}  // namespace

void stamp(Message& message) {
  unsigned char random[8];
  if (RAND_bytes(random, sizeof random) != 1) throw std::runtime_error("OpenSSL has no random bytes");
  const auto now = std::chrono::system_clock::now();
  const auto nanoseconds =
      std::chrono::duration_cast<std::chrono::nanoseconds>(now.time_since_epoch()).count();
  message.date = nanoseconds / 1'000'000'000;
  const std::string& address = message.from.address;
  std::string domain = address.substr(address.rfind('@') + 1);
  if (!is_token(domain)) domain = "favras.invalid";  // an id is ASCII
  message.id = fmt::format("{}.", nanoseconds);
  for (const unsigned char byte : random) message.id += fmt::format("{:02x}", byte);
  message.id += '@' + domain;
}

Envelope envelope_of(const Message& message) {
  Envelope envelope{message.from.address, {}};
  for (const auto* list : {&message.to, &message.bcc})
    for (const Mailbox& mailbox : *list)
      if (std::find(envelope.to.begin(), envelope.to.end(), mailbox.address) == envelope.to.end())
        envelope.to.push_back(mailbox.address);
  return envelope;
}

std::string compose(const Message& message) {
  check(message);
  std::string eml = folded_header("Date", {date_text(message.date)});
  eml += mailbox_header("From", header_mailboxes({message.from}));
  eml += mailbox_header("To", header_mailboxes(message.to));
  eml += text_header("Subject", header_text(message.subject));
  eml += folded_header("Message-ID", {fmt::format("<{}>", message.id)});
  if (!message.thread.empty())
    eml += folded_header("References", {fmt::format("<{}@favras.invalid>", message.thread)});
  eml += "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n";
  return eml + body(message);
}

}  // namespace favras::mailer
