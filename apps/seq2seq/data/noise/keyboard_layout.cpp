#include "apps/seq2seq/data/noise/keyboard_layout.h"

#include <cmath>
#include <cstddef>
#include <vector>

#include "apps/seq2seq/data/letters.h"

namespace favras::seq2seq {

namespace {

struct Key {
  char32_t character;
  double x, y;  // of its centre, in key widths
};

// x of the first key of each row, seen from that of the upper letters.
constexpr std::array<double, 4> kRowStarts = {-1.5, 0.0, 0.25, 0.75};
constexpr double kExtraKeyStart = -0.25;  // of bottom rows that have a key left of their first letter
constexpr double kReach = 1.25;

using Rows = std::array<std::u32string_view, 4>;

// The last two have that key: their boards are ISO's, the others ANSI's.
constexpr Rows rows_of(KeyboardLayout layout) {
  switch (layout) {
    case KeyboardLayout::kDvorak:
      return {U"`1234567890[]", U"',.pyfgcrl/=\\", U"aoeuidhtns-", U";qjkxbmwvz"};
    case KeyboardLayout::kQwertz:
      return {U"^1234567890\u00DF\u00B4", U"qwertzuiop\u00FC+", U"asdfghjkl\u00F6\u00E4#", U"<yxcvbnm,.-"};
    case KeyboardLayout::kAzerty:
      return {U"\u00B2&\u00E9\"'(-\u00E8_\u00E7\u00E0)=", U"azertyuiop^$", U"qsdfghjklm\u00F9*",
              U"<wxcvbn,;:!"};
    case KeyboardLayout::kQwerty:
      break;
  }
  return {U"`1234567890-=", U"qwertyuiop[]\\", U"asdfghjkl;'", U"zxcvbnm,./"};
}

std::vector<Key> keys_of(KeyboardLayout layout) {
  std::vector<Key> keys;
  const Rows rows = rows_of(layout);
  for (std::size_t row = 0; row < rows.size(); ++row) {
    double x = row == 3 && rows[row].front() == U'<' ? kExtraKeyStart : kRowStarts[row];
    for (const char32_t character : rows[row]) keys.push_back({character, x++, static_cast<double>(row)});
  }
  return keys;
}

}  // namespace

std::u32string neighbours(KeyboardLayout layout, char32_t character) {
  const std::vector<Key> keys = keys_of(layout);
  const bool capital = is_upper(character);
  std::u32string found;
  for (const Key& key : keys) {
    if ((capital ? to_upper(key.character) : key.character) != character) continue;
    for (const Key& other : keys) {
      if (&other == &key || std::hypot(other.x - key.x, other.y - key.y) > kReach) continue;
      if (!capital) found += other.character;
      if (capital && is_letter(other.character)) found += to_upper(other.character);
    }
  }
  return found;
}

}  // namespace favras::seq2seq
