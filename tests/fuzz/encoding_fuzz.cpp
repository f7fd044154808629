// base64, quoted-printable and encoded words, there and back.
#include <stdexcept>

#include "apps/mailer/encoding.h"
#include "apps/mailer/utf8.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/plain_ends.h"

namespace favras::mailer {
namespace {

// Lines with CRLF, of at most 76 characters of 7-bit text.
void check_lines(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = text.find("\r\n");
    fuzz::require(end != text.npos && end <= 76, "lines end and are short");
    fuzz::require(is_ascii(text.substr(0, end)) && text.substr(0, end).find_first_of("\r\n") >= end,
                  "lines are 7-bit");
    text.remove_prefix(end + 2);
  }
}

void check_header(const std::string& text) {
  std::string header = text_header("Subject", text);
  check_lines(header);
  std::string unfolded;
  for (const char c : header)
    if (c != '\r' && c != '\n') unfolded += c;
  fuzz::require(decode_words(text.empty() ? "" : std::string_view(unfolded).substr(9)) == text,
                "a header's text is read as the same");
}

void check_readers(std::string_view text) {
  if (const auto bytes = fuzz::parsed<std::runtime_error>([&] { return decode_base64(text); }))
    fuzz::require(decode_base64(base64(*bytes)) == *bytes, "decoded base64 is encoded again");
  if (const auto plain = fuzz::parsed<std::runtime_error>([&] { return decode_quoted_printable(text); }))
    fuzz::require(plain->size() <= text.size(), "decoded text is no longer");
  fuzz::parsed<std::runtime_error>([&] { return decode_words(text); });
}

}  // namespace
}  // namespace favras::mailer

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace favras;
  using namespace favras::mailer;
  const std::string_view text = fuzz::Input(data, size).rest();
  check_readers(text);
  fuzz::require(decode_base64(base64(text)) == text, "base64 keeps all bytes");
  const std::string lines = base64_lines(text), quoted = quoted_printable(text);
  check_lines(lines);
  check_lines(quoted);
  fuzz::require(decode_base64(lines) == text, "base64 in lines keeps all bytes");
  fuzz::require(decode_quoted_printable(quoted) == fuzz::with_plain_ends(text),
                "quoted-printable keeps lines of text");
  std::string words;
  for (const std::string& word : encoded_words(well_formed(text))) {
    fuzz::require(word.size() <= 60 && is_ascii(word), "encoded words are short");
    fuzz::require(well_formed(decode_words(word)) == decode_words(word),
                  "encoded words have whole characters");
    words += ' ' + word;
  }
  fuzz::require(decode_words(words.empty() ? "" : words.substr(1)) == well_formed(text),
                "encoded words keep a text");
  check_header(well_formed(text));
  return 0;
}
