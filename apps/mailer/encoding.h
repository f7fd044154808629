// What makes any bytes fit for mail, and back: base64 and quoted-printable (RFC 2045), encoded words (RFC
// 2047). Lines end in CRLF and have at most 76 characters.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace favras::mailer {

std::string base64(std::string_view bytes);        // in one line, without an end
std::string base64_lines(std::string_view bytes);  // every line with its end
// Throws std::runtime_error for what is not base64; white space is skipped.
std::string decode_base64(std::string_view text);

// A text of lines that end in LF or CRs and LF; a last line without an end gets one. A CR within a line is
// kept as a character.
std::string quoted_printable(std::string_view text);
// Lines end in LF afterwards. Throws std::runtime_error for an '=' that is followed by neither.
std::string decode_quoted_printable(std::string_view text);

// Encoded words of at most 60 characters, each of whole characters; the text is well-formed UTF-8.
std::vector<std::string> encoded_words(std::string_view text);
// A header's text with its encoded words in UTF-8 decoded; others stay as they are.
std::string decode_words(std::string_view text);

// "Name: token token", with a line break before each token that would pass column 76.
std::string folded_header(std::string_view name, const std::vector<std::string>& tokens);
// The same for free text: as it is where that can be read back, as encoded words elsewhere.
std::string text_header(std::string_view name, std::string_view text);

}  // namespace favras::mailer
