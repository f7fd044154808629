// What an SMTP server says: whole replies out of bytes that come in any pieces, and what EHLO's reply offers.
#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace favras::mailer {

struct Reply {
  int code = 0;                    // 200 to 599
  std::vector<std::string> lines;  // at least one, without the code

  bool is_positive() const { return code >= 200 && code < 300; }
  bool is_permanent_failure() const { return code >= 500; }
};

// The server breaks the rules: nothing that it says later can be trusted.
struct ProtocolError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Takes bytes, gives replies. A reply is whole when a line comes that has no '-' behind the code.
class ReplyParser {
 public:
  static constexpr std::size_t kLongestLine = 4096, kLongestReply = 65536;  // bytes

  void feed(std::string_view bytes) { unread_ += bytes; }
  // The next whole reply, if it has come. Throws ProtocolError for a line without code, a code that changes
  // within a reply and what is longer than the limits above.
  std::optional<Reply> next();
  // Whether bytes lie here that no reply has taken.
  bool has_unread() const { return !unread_.empty() || size_ != 0; }

 private:
  std::string unread_;
  Reply reply_;           // its lines so far
  std::size_t size_ = 0;  // bytes of those
};

struct Capabilities {
  bool starttls = false, smtputf8 = false;
  std::optional<std::size_t> size;  // the longest message that is taken, in bytes; 0: the server does not say
  std::set<std::string> mechanisms;  // of AUTH, in capitals
};

// From the reply to EHLO.
Capabilities read_capabilities(const Reply& reply);

}  // namespace favras::mailer
