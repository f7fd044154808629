// Mail addresses.
#include "apps/mailer/address.h"
#include "apps/mailer/encoding.h"
#include "apps/mailer/error.h"
#include "apps/mailer/utf8.h"
#include "tests/fuzz/fuzz.h"

namespace favras::mailer {
namespace {

// The header's text in one line, without its name.
std::string unfolded(const std::string& header) {
  std::string result;
  for (const char c : header)
    if (c != '\r' && c != '\n') result += c;
  return result.substr(result.find(' ') + 1);
}

void check_shown(const std::string& address) {
  for (const char c : address)
    fuzz::require(static_cast<unsigned char>(c) > ' ' && c != '\x7f' && c != '<' && c != '>' && c != ',',
                  "nothing in an address ends a command or a header");
  fuzz::require(well_formed(address) == address, "an address is UTF-8");
}

}  // namespace
}  // namespace favras::mailer

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace favras;
  using namespace favras::mailer;
  const std::string_view text = fuzz::Input(data, size).rest();
  fuzz::parsed<UsageError>([&] { return check_address(text), true; }, "'");
  const auto mailboxes = fuzz::parsed<UsageError>([&] { return parse_mailboxes(text); }, "'");
  if (!mailboxes) return 0;
  for (const Mailbox& mailbox : *mailboxes) check_shown(mailbox.address);
  std::vector<Mailbox> again = parse_mailboxes(unfolded(mailbox_header("To", *mailboxes)));
  fuzz::require(again.size() == mailboxes->size(), "as many are read as were written");
  for (std::size_t i = 0; i < again.size(); ++i) {
    again[i].name = decode_words(again[i].name);
    fuzz::require(
        again[i].address == (*mailboxes)[i].address && again[i].name == well_formed((*mailboxes)[i].name),
        "written addresses are read as the same");
  }
  return 0;
}
