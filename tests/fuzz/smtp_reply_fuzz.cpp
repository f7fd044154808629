// What an SMTP server says. Input: a byte, how many bytes come at a time, then the replies.
#include <algorithm>

#include "apps/mailer/reply.h"
#include "tests/fuzz/fuzz.h"

namespace favras::mailer {
namespace {

struct Heard {
  std::vector<Reply> replies;
  bool broke_rules = false;
};

Heard hear(std::string_view text, std::size_t at_a_time) {
  Heard heard;
  ReplyParser parser;
  const auto listen = [&] {
    while (auto reply = parser.next()) heard.replies.push_back(std::move(*reply));
    return true;
  };
  while (!text.empty() && !heard.broke_rules) {
    parser.feed(text.substr(0, at_a_time));
    text.remove_prefix(std::min(at_a_time, text.size()));
    heard.broke_rules = !fuzz::parsed<ProtocolError>(listen);
  }
  return heard;
}

std::string written(const Reply& reply) {
  std::string text;
  for (std::size_t i = 0; i < reply.lines.size(); ++i)
    text += std::to_string(reply.code) + (i + 1 < reply.lines.size() ? '-' : ' ') + reply.lines[i] + "\r\n";
  return text;
}

bool same(const Reply& a, const Reply& b) { return a.code == b.code && a.lines == b.lines; }

}  // namespace
}  // namespace favras::mailer

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace favras;
  using namespace favras::mailer;
  fuzz::Input input(data, size);
  const std::size_t at_a_time = std::size_t{1} + input.byte();
  const Heard whole = hear(input.rest(), input.rest().size()), pieces = hear(input.rest(), at_a_time);
  fuzz::require(whole.broke_rules == pieces.broke_rules &&
                    std::equal(whole.replies.begin(), whole.replies.end(), pieces.replies.begin(),
                               pieces.replies.end(), same),
                "pieces make no difference");
  for (const Reply& reply : whole.replies) {
    fuzz::require(reply.code >= 200 && reply.code <= 599 && !reply.lines.empty(),
                  "a reply has a code and lines");
    for (const std::string& line : reply.lines)
      fuzz::require(line.find('\n') == line.npos, "lines have no ends");
    const Heard again = hear(written(reply), 1);
    fuzz::require(again.replies.size() == 1 && same(again.replies[0], reply),
                  "a reply said again is the same");
    read_capabilities(reply);
  }
  return 0;
}
