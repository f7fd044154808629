// Mail addresses as people write them: "ann@example.com", "Ann Example <ann@example.com>", several with
// commas.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace favras::mailer {

struct Mailbox {
  std::string name;     // UTF-8, may be empty
  std::string address;  // local@domain

  bool operator==(const Mailbox&) const = default;
};

// Both throw UsageError, naming the part that is no address. Quoted local parts and comments are not taken.
Mailbox parse_mailbox(std::string_view text);
std::vector<Mailbox> parse_mailboxes(std::string_view text);

// Throws UsageError unless it is local@domain of dot-separated atoms (any UTF-8 beyond ASCII), or of an
// address in brackets as domain; nothing that would end a command or a header passes.
void check_address(std::string_view address);

// The header of that name, folded: "To: \"Ann\" <ann@example.com>, ..."
std::string mailbox_header(std::string_view header, const std::vector<Mailbox>& mailboxes);

}  // namespace favras::mailer
