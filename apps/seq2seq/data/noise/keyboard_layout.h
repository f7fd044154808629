// Where the keys of a keyboard lie, and so which ones a finger may hit instead.
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace favras::seq2seq {

enum class KeyboardLayout { kQwerty, kQwertz, kAzerty, kDvorak };

inline constexpr std::array<std::string_view, 4> kKeyboardLayoutNames = {"qwerty", "qwertz", "azerty",
                                                                         "dvorak"};

// What the keys beside that of `character` type, from the top row to the bottom one and from left to right;
// nothing for a character that has no key. Keys are beside each other if their centres are at most one and a
// quarter key widths apart: two in the same row, two or three in the rows above and below. The rows are one
// width apart; the one of the digits begins half a width to the left of the upper letters, the home row a
// quarter and the bottom row three quarters to the right of them. Of a key its character without Shift
// counts, and for a capital the capitals of those neighbours that are letters. The space bar is no key here.
std::u32string neighbours(KeyboardLayout layout, char32_t character);

}  // namespace favras::seq2seq
