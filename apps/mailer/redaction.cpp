#include "apps/mailer/redaction.h"

#include <algorithm>

#include <fmt/format.h>

#include "apps/mailer/encoding.h"
#include "apps/mailer/utf8.h"

namespace favras::mailer {

namespace {
constexpr std::size_t kLongest = 300;  // bytes
}

void Redaction::hide(const std::string& secret) {
  if (secret.empty()) return;
  secrets_.push_back(secret);
  secrets_.push_back(base64(secret));
  std::sort(secrets_.begin(), secrets_.end(),
            [](const std::string& a, const std::string& b) { return a.size() > b.size(); });
}

std::string Redaction::shown(std::string_view text) const {
  std::string whole(text);
  for (const std::string& secret : secrets_)
    for (std::size_t at = 0; (at = whole.find(secret, at)) != whole.npos; at += 3)
      whole.replace(at, secret.size(), "***");
  std::string result;
  for (std::string_view rest = whole; !rest.empty();) {
    const std::size_t size = character_size(rest);
    const bool control = size == 1 && !is_printable(rest[0]);
    const bool c1_control = size == 2 && rest[0] == '\xC2' && static_cast<unsigned char>(rest[1]) < 0xA0;
    const std::string_view fit = size == 0 || control || c1_control ? "?" : rest.substr(0, size);
    if (result.size() + fit.size() > kLongest) return result + " ...";
    result += fit;
    rest.remove_prefix(std::max<std::size_t>(size, 1));
  }
  return result;
}

std::string Redaction::shown(const Reply& reply) const {
  std::string text = fmt::format("{}", reply.code);
  for (const std::string& line : reply.lines)
    if (!line.empty()) text += " " + line;
  return shown(text);
}

}  // namespace favras::mailer
