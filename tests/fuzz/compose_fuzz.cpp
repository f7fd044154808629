// A message as it is written. Input: lines for From, To, the subject and the thread; text, and behind a form
// feed HTML.
#include <algorithm>

#include "apps/mailer/error.h"
#include "apps/mailer/message.h"
#include "apps/mailer/spool_entry.h"
#include "apps/mailer/utf8.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/plain_ends.h"

namespace favras::mailer {
namespace {

Message message_of(fuzz::Input input) {
  Message message{.from = parse_mailbox(input.line()), .to = parse_mailboxes(input.line())};
  message.subject = input.line();
  message.thread = input.line();
  const std::string_view rest = input.rest();
  const std::size_t feed = std::min(rest.find('\f'), rest.size());
  message.text = rest.substr(0, feed);
  if (feed < rest.size()) message.html = rest.substr(feed + 1);
  if (message.html.find("cid:picture") != message.html.npos)
    message.picture = "\x89PNG\r\n\x1a\n" + message.text;
  message.id = "1.2@example.com";
  message.date = 1700000000;
  return message;
}

// As texts come back: UTF-8, every line with an end of LF.
std::string as_read(std::string_view text) { return fuzz::with_plain_ends(well_formed(text)); }

// As headers hold it.
std::string in_header(std::string_view text) {
  std::string result = well_formed(text);
  for (char& c : result)
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = ' ';
  return result;
}

void check_lines(std::string_view eml) {
  while (!eml.empty()) {
    const std::size_t end = eml.find('\n');
    fuzz::require(end != eml.npos && end > 0 && eml[end - 1] == '\r', "every line ends in CRLF");
    fuzz::require(end <= 999 && eml.substr(0, end - 1).find('\r') == eml.npos, "lines are short");
    eml.remove_prefix(end + 1);
  }
}

}  // namespace
}  // namespace favras::mailer

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace favras;
  using namespace favras::mailer;
  const auto message = fuzz::parsed<UsageError>([&] { return message_of({data, size}); });
  if (!message) return 0;
  const auto eml = fuzz::parsed<UsageError>([&] { return compose(*message); });
  if (!eml) return 0;
  check_lines(*eml);
  Message expected = *message;
  expected.from.name = in_header(expected.from.name);
  for (Mailbox& mailbox : expected.to) mailbox.name = in_header(mailbox.name);
  expected.subject = in_header(expected.subject);
  expected.text = as_read(expected.text);
  expected.html = as_read(expected.html);
  fuzz::require(read_message(*eml) == expected, "a written message is read as the same");

  const Letter letter(*message, Urgency::kDigest);
  const Entry entry = read_entry(write_entry(letter));
  fuzz::require(entry.letter.eml == letter.eml && entry.letter.envelope == letter.envelope &&
                    entry.letter.thread == letter.thread && entry.letter.urgency == letter.urgency,
                "a letter's entry is read as the same");
  return 0;
}
