#include "apps/seq2seq/data/letters.h"

#include <utf8proc.h>

namespace favras::seq2seq {

namespace {

constexpr bool is_ascii_upper(char32_t c) { return c >= U'A' && c <= U'Z'; }
constexpr bool is_ascii_lower(char32_t c) { return c >= U'a' && c <= U'z'; }
constexpr char32_t kCaseBit = U'a' - U'A';
constexpr char32_t kAsciiEnd = 0x80;

}  // namespace

bool is_letter_beyond_ascii(char32_t character) {
  const utf8proc_category_t category = utf8proc_category(static_cast<utf8proc_int32_t>(character));
  return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO;
}

bool is_upper(char32_t character) {
  return character < kAsciiEnd ? is_ascii_upper(character) : to_lower(character) != character;
}

char32_t to_lower(char32_t character) {
  if (character < kAsciiEnd) return is_ascii_upper(character) ? character + kCaseBit : character;
  return static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(character)));
}

char32_t to_upper(char32_t character) {
  if (character < kAsciiEnd) return is_ascii_lower(character) ? character - kCaseBit : character;
  return static_cast<char32_t>(utf8proc_toupper(static_cast<utf8proc_int32_t>(character)));
}

std::u32string to_lower(std::u32string_view text) {
  std::u32string lower(text);
  for (char32_t& character : lower) character = to_lower(character);
  return lower;
}

}  // namespace favras::seq2seq
