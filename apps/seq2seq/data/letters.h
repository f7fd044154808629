// Letters and their case, as Unicode has them.
#pragma once

#include <string>
#include <string_view>

namespace favras::seq2seq {

bool is_letter_beyond_ascii(char32_t character);
inline bool is_letter(char32_t character) {
  return character < 0x80 ? (character | 0x20) >= U'a' && (character | 0x20) <= U'z'
                          : is_letter_beyond_ascii(character);
}
bool is_upper(char32_t character);
char32_t to_lower(char32_t character);
// Of a letter that has one character as its capital; others stay.
char32_t to_upper(char32_t character);

std::u32string to_lower(std::u32string_view text);

}  // namespace favras::seq2seq
