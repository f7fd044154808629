#include "apps/mailer/digest.h"

#include <ctime>

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace favras::mailer {
namespace {

constexpr std::size_t kLongestText = 65536;  // bytes of the earlier digests

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '&') {
      result += "&amp;";
    } else if (c == '<') {
      result += "&lt;";
    } else {
      result += c;
    }
  }
  return result;
}

std::string section(const Message& digest) {
  return fmt::format("\n{} ({:%Y-%m-%d %H:%M} UTC)\n\n{}", digest.subject,
                     fmt::gmtime(static_cast<std::time_t>(digest.date)), digest.text);
}

}  // namespace

Message fold_digests(const std::vector<Message>& digests) {
  Message folded = digests.back();
  if (digests.size() == 1) return folded;
  const std::size_t count = digests.size() - 1;
  std::string earlier;
  std::size_t shown = 0;
  for (; shown < count; ++shown) {
    const std::string text = section(digests[count - 1 - shown]);
    if (earlier.size() + text.size() > kLongestText) break;
    earlier = text + earlier;
  }
  std::string heading =
      fmt::format("{} earlier {} could not be sent in time", count, count == 1 ? "digest" : "digests");
  heading += shown == count ? ":" : fmt::format("; the last {}:", shown);
  folded.text += fmt::format("\n{}\n{}", heading, earlier);
  if (folded.html.empty()) return folded;
  const std::string html = fmt::format("<hr><p>{}</p><pre>{}</pre>\n", heading, escaped(earlier));
  const std::size_t end = folded.html.rfind("</body>");
  folded.html.insert(end == folded.html.npos ? folded.html.size() : end, html);
  return folded;
}

}  // namespace favras::mailer
