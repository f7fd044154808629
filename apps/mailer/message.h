// A mail before it is text, and the text that it becomes: plain text, with HTML beside it and a picture in
// the HTML as far as there are any.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "apps/mailer/address.h"

namespace favras::mailer {

struct Message {
  Mailbox from;
  std::vector<Mailbox> to;
  std::vector<Mailbox> bcc;  // in the envelope alone
  std::string subject;       // control characters become spaces, here as in names
  std::string text;          // UTF-8; what is not becomes U+FFFD, here as in `subject` and `html`
  std::string html;          // "" for none; "cid:picture" in it stands for the picture
  std::string picture;       // a PNG's bytes, "" for none; needs `html`
  std::string thread;  // letters, digits and ".-_"; mails with the same one are shown together; "" for none
  std::string id;      // the Message-ID without its <>; stamp() makes one
  std::int64_t date = 0;  // seconds since 1970

  bool operator==(const Message&) const = default;
};

// What SMTP is told of the message.
struct Envelope {
  std::string from;
  std::vector<std::string> to;

  bool operator==(const Envelope&) const = default;
};

// Sets `id`, which no other message has, and `date`, now.
void stamp(Message& message);

Envelope envelope_of(const Message& message);  // each address once

// The message as RFC 5322 and MIME have it: 7-bit (but for addresses beyond ASCII), CRLF, lines of at most
// 998 characters. Equal messages give equal bytes. Throws UsageError for a line break or a zero in a header,
// a bad address or none, a picture that is no PNG or has no HTML, and a message without stamp.
std::string compose(const Message& message);

// The inverse: what compose() wrote, but for `bcc`. Line ends in text and html are LF. Throws
// std::runtime_error for anything that compose() does not write.
Message read_message(std::string_view eml);

}  // namespace favras::mailer
