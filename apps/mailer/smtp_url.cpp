#include "apps/mailer/smtp_url.h"

#include <algorithm>
#include <charconv>

#include "apps/mailer/error.h"
#include "apps/mailer/utf8.h"

namespace favras::mailer {
namespace {

// The URL is not repeated: it might hold a password.
[[noreturn]] void fail(const std::string& why) {
  throw UsageError("the SMTP URL " + why + ": expected smtps://user@host:465 or smtp://user@host:587");
}

std::string percent_decoded(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      result += text[i];
      continue;
    }
    unsigned char value = 0;
    const std::string_view digits = text.substr(i + 1, 2);
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (digits.size() != 2 || read.ptr != digits.data() + 2) fail("has a '%' without two hexadecimal digits");
    result += static_cast<char>(value);
    i += 2;
  }
  return result;
}

std::uint16_t parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), port);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size() || port == 0)
    fail("has a port that is not a number from 1 to 65535");
  return port;
}

}  // namespace

SmtpServer parse_smtp_url(std::string_view url) {
  SmtpServer server;
  if (url.starts_with("smtps://")) {
    server = {.implicit_tls = true, .port = 465};
    url.remove_prefix(8);
  } else if (url.starts_with("smtp://")) {
    server = {.implicit_tls = false, .port = 587};
    url.remove_prefix(7);
  } else {
    fail("has another scheme");
  }
  if (const std::size_t at = url.rfind('@'); at != url.npos) {
    const std::string_view user = url.substr(0, at);
    if (user.find(':') != user.npos)
      fail(
          "has a ':' in its user (a password goes elsewhere, see --help; a ':' that belongs to the user is "
          "%3A)");
    server.user = percent_decoded(user);
    url.remove_prefix(at + 1);
  }
  if (url.ends_with('/')) url.remove_suffix(1);
  const std::size_t bracket = url.starts_with('[') ? url.find(']') : 0;
  if (bracket == url.npos) fail("has a '[' without ']'");
  const std::size_t colon = url.find(':', bracket);
  server.host = bracket == 0 ? url.substr(0, colon) : url.substr(1, bracket - 1);
  if (bracket != 0 && url.size() > bracket + 1 && colon != bracket + 1) fail("has text behind ']'");
  if (colon != url.npos) server.port = parse_port(url.substr(colon + 1));
  constexpr std::string_view kHost = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:";
  if (server.host.empty() || server.host.find_first_not_of(kHost) != server.host.npos)
    fail("has no host name");
  if (!std::all_of(server.user.begin(), server.user.end(),
                   [](char c) { return is_printable(c) || static_cast<unsigned char>(c) >= 0x80; }))
    fail("has a control character in its user");
  return server;
}

}  // namespace favras::mailer
