// The server that mail is handed to, as --smtp-url names it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace favras::mailer {

struct SmtpServer {
  bool implicit_tls = false;  // TLS from the first byte; otherwise by STARTTLS, and never without
  std::string user;           // "" for no authentication
  std::string host;           // a name or an IP address, without brackets
  std::uint16_t port = 0;

  bool operator==(const SmtpServer&) const = default;
};

// smtps://[user@]host[:465] or smtp://[user@]host[:587]; %40 in the user is an '@', which may also stand as
// it is. Throws UsageError, for a password too: those are not given in words that every process can see.
SmtpServer parse_smtp_url(std::string_view url);

}  // namespace favras::mailer
