#include "apps/mailer/address.h"

#include <algorithm>

#include <fmt/format.h>

#include "apps/mailer/encoding.h"
#include "apps/mailer/error.h"
#include "apps/mailer/utf8.h"

namespace favras::mailer {
namespace {

constexpr std::size_t kLongestLocal = 64, kLongestDomain = 255;  // octets, RFC 5321

std::string_view trimmed(std::string_view text) {
  const std::size_t start = text.find_first_not_of(" \t");
  if (start == text.npos) return {};
  return text.substr(start, text.find_last_not_of(" \t") + 1 - start);
}

// For messages: what the terminal must not see is left out.
std::string shown(std::string_view text) {
  std::string result;
  for (const char c : well_formed(text)) result += static_cast<unsigned char>(c) < ' ' || c == 0x7f ? '?' : c;
  return result;
}

// Atoms of RFC 5322 and anything beyond ASCII (RFC 6532), separated by single dots.
bool is_dot_atom(std::string_view text) {
  constexpr std::string_view kSpecial = "!#$%&'*+-/=?^_`{|}~.";
  if (text.empty() || text.front() == '.' || text.back() == '.' || text.find("..") != text.npos) return false;
  return well_formed(text) == text && std::all_of(text.begin(), text.end(), [&](char c) {
           return static_cast<unsigned char>(c) >= 0x80 || (c >= '0' && c <= '9') ||
                  ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || kSpecial.find(c) != kSpecial.npos;
         });
}

bool is_domain(std::string_view text) {
  if (text.starts_with('[') && text.ends_with(']'))
    return text.size() > 2 &&
           text.substr(1, text.size() - 2).find_first_not_of("0123456789abcdefABCDEFIPv:.") == text.npos;
  return is_dot_atom(text) && text.find_first_of("!#$%&'*+/=?^`{|}~") == text.npos;
}

// The name of `Name <address>`, without its quotes.
std::string unquoted(std::string_view name) {
  if (name.size() < 2 || name.front() != '"' || name.back() != '"') return std::string(name);
  std::string result;
  for (std::size_t i = 1; i + 1 < name.size(); ++i) {
    if (name[i] == '\\' && i + 2 < name.size()) ++i;
    result += name[i];
  }
  return result;
}

std::vector<std::string> phrase(std::string_view name) {
  if (name.size() > 60 || !std::all_of(name.begin(), name.end(), is_printable) ||
      name.find("=?") != name.npos)
    return encoded_words(well_formed(name));
  std::string quoted = "\"";
  for (const char c : name) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return {quoted + '"'};
}

}  // namespace

void check_address(std::string_view address) {
  const std::size_t at = address.rfind('@');
  if (at == address.npos || at > kLongestLocal || address.size() - at - 1 > kLongestDomain ||
      !is_dot_atom(address.substr(0, at)) || !is_domain(address.substr(at + 1)))
    throw UsageError(fmt::format("'{}' is no mail address: expected name@domain", shown(address)));
}

Mailbox parse_mailbox(std::string_view text) {
  if (text.find_first_of(std::string_view("\r\n\0", 3)) != text.npos)
    throw UsageError(fmt::format("'{}' has a line break or a zero in it", shown(text)));
  text = trimmed(text);
  Mailbox mailbox;
  if (text.ends_with('>')) {
    const std::size_t open = text.rfind('<');
    if (open == text.npos) throw UsageError(fmt::format("'{}' has a '>' without '<'", shown(text)));
    mailbox.name = unquoted(trimmed(text.substr(0, open)));
    mailbox.address = text.substr(open + 1, text.size() - open - 2);
  } else {
    mailbox.address = text;
  }
  check_address(mailbox.address);
  return mailbox;
}

std::vector<Mailbox> parse_mailboxes(std::string_view text) {
  std::vector<Mailbox> mailboxes;
  bool quoted = false;
  std::size_t start = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && quoted && text[i] == '\\') {
      ++i;
    } else if (i < text.size() && text[i] == '"') {
      quoted = !quoted;
    } else if (i >= text.size() || (text[i] == ',' && !quoted)) {
      mailboxes.push_back(parse_mailbox(text.substr(start, i - start)));
      start = i + 1;
    }
  }
  if (quoted) throw UsageError(fmt::format("'{}' has an open quote", shown(text)));
  return mailboxes;
}

std::string mailbox_header(std::string_view header, const std::vector<Mailbox>& mailboxes) {
  std::vector<std::string> tokens;
  for (std::size_t i = 0; i < mailboxes.size(); ++i) {
    const Mailbox& mailbox = mailboxes[i];
    const std::string comma = i + 1 < mailboxes.size() ? "," : "";
    if (mailbox.name.empty()) {
      tokens.push_back(mailbox.address + comma);
    } else {
      for (const std::string& word : phrase(mailbox.name)) tokens.push_back(word);
      tokens.push_back(fmt::format("<{}>{}", mailbox.address, comma));
    }
  }
  return folded_header(header, tokens);
}

}  // namespace favras::mailer
