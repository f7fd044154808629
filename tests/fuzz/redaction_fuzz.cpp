// What people see of a server's words. Input: lines with two secrets, then the words.
#include <algorithm>

#include "apps/mailer/encoding.h"
#include "apps/mailer/redaction.h"
#include "apps/mailer/utf8.h"
#include "tests/fuzz/fuzz.h"

namespace favras::mailer {
namespace {

// Of letters and digits: what stands for secrets and controls must not make one.
std::string secret_of(std::string_view line) {
  std::string secret;
  for (const char c : line)
    if ((c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z')) secret += c;
  return secret.substr(0, 40);
}

}  // namespace
}  // namespace favras::mailer

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace favras;
  using namespace favras::mailer;
  fuzz::Input input(data, size);
  const std::string secrets[] = {secret_of(input.line()), secret_of(input.line())};
  Redaction redaction;
  for (const std::string& secret : secrets) redaction.hide(secret);
  for (std::string words :
       {std::string(input.rest()), "250 " + base64(secrets[0]) + std::string(input.rest())}) {
    const std::string shown = redaction.shown(words);
    fuzz::require(shown.size() <= 304 && well_formed(shown) == shown, "what is shown is short and UTF-8");
    fuzz::require(
        std::none_of(shown.begin(), shown.end(), [](char c) { return static_cast<unsigned char>(c) < ' '; }),
        "no control character is shown");
    for (const std::string& secret : secrets)
      fuzz::require(
          secret.empty() || (shown.find(secret) == shown.npos && shown.find(base64(secret)) == shown.npos),
          "no secret is shown");
  }
  return 0;
}
