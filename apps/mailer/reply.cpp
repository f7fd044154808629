#include "apps/mailer/reply.h"

#include <algorithm>
#include <charconv>
#include <sstream>
#include <utility>

namespace favras::mailer {
namespace {

std::string in_capitals(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return result;
}

// The line's code; throws unless it is followed by '-', ' ' or nothing.
int code_of(std::string_view line) {
  int code = 0;
  const bool shaped = line.size() >= 3 && line[0] >= '2' && line[0] <= '5' &&
                      std::from_chars(line.data(), line.data() + 3, code).ptr == line.data() + 3 &&
                      (line.size() == 3 || line[3] == '-' || line[3] == ' ');
  if (!shaped) throw ProtocolError("the server's reply is not SMTP");
  return code;
}

}  // namespace

std::optional<Reply> ReplyParser::next() {
  for (;;) {
    const std::size_t end = unread_.find('\n');
    if (end == unread_.npos ? unread_.size() > kLongestLine : end > kLongestLine)
      throw ProtocolError("the server's reply has a line without end");
    if (end == unread_.npos) return std::nullopt;
    std::string_view line = std::string_view(unread_).substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    const int code = code_of(line);
    if (reply_.code != 0 && code != reply_.code)
      throw ProtocolError("the code changes within the server's reply");
    size_ += end + 1;
    if (size_ > kLongestReply) throw ProtocolError("the server's reply has no end");
    reply_.code = code;
    reply_.lines.emplace_back(line.substr(std::min<std::size_t>(line.size(), 4)));
    const bool last = line.size() == 3 || line[3] == ' ';
    unread_.erase(0, end + 1);
    if (last) {
      size_ = 0;
      return std::exchange(reply_, {});
    }
  }
}

Capabilities read_capabilities(const Reply& reply) {
  Capabilities capabilities;
  for (std::size_t i = 1; i < reply.lines.size(); ++i) {  // the first line is a greeting
    std::string line = in_capitals(reply.lines[i]);
    if (line.starts_with("AUTH=")) line[4] = ' ';  // as servers wrote it before the standard
    std::istringstream words(line);
    std::string keyword, parameter;
    words >> keyword;
    if (keyword == "STARTTLS") capabilities.starttls = true;
    if (keyword == "SMTPUTF8") capabilities.smtputf8 = true;
    if (keyword == "SIZE") {
      std::size_t size = 0;
      if (words >> parameter) std::from_chars(parameter.data(), parameter.data() + parameter.size(), size);
      capabilities.size = size;
    }
    if (keyword == "AUTH")
      while (words >> parameter) capabilities.mechanisms.insert(parameter);
  }
  return capabilities;
}

}  // namespace favras::mailer
