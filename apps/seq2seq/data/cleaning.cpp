#include "apps/seq2seq/data/cleaning.h"

#include <array>

#include <utf8proc.h>

#include "apps/seq2seq/data/utf8.h"

namespace favras::seq2seq {

namespace {

constexpr char32_t kDropped = 0;  // no text has NUL
constexpr char32_t kByteOrderMark = 0xFEFF;
constexpr std::u32string_view kPunctuation = U"-!?/;\"'%&<>.()[]{}@#:,|=*";
// Marks beside those of the category Pd: hyphen bullet, minus signs, modifier minus.
constexpr std::u32string_view kDashes = U"\u02D7\u2043\u207B\u208B\u2212";
// Primes, accents that stand alone, modifier letters, single quotes; Armenian, Hebrew, N'Ko and Saltillo.
constexpr std::u32string_view kApostrophes =
    U"'`\u00B4\u02B9\u02BB\u02BC\u02BD\u02C8\u02CA\u02CB\u055A\u05F3\u07F4\u07F5\u2018\u2019\u201A\u201B"
    U"\u2032\u2035\u2039\u203A\u275B\u275C\uA78B\uA78C\uFF07\uFF40";
constexpr std::u32string_view kDoubleQuotes =
    U"\"\u00AB\u00BB\u02BA\u05F4\u201C\u201D\u201E\u201F\u2033\u2036\u275D\u275E\u301D\u301E\u301F\uFF02";

bool is_space(char32_t character) {
  if (character <= 0x20) return (character >= 0x09 && character <= 0x0D) || character >= 0x1C;
  if (character == 0x85) return true;
  const utf8proc_category_t category = utf8proc_category(static_cast<utf8proc_int32_t>(character));
  return category == UTF8PROC_CATEGORY_ZS || category == UTF8PROC_CATEGORY_ZL ||
         category == UTF8PROC_CATEGORY_ZP;
}

// What one character becomes; white space is dealt with before.
char32_t fold(char32_t character) {
  if (kApostrophes.find(character) != kApostrophes.npos) return U'\'';
  if (kDoubleQuotes.find(character) != kDoubleQuotes.npos) return U'"';
  if (kDashes.find(character) != kDashes.npos) return U'-';
  switch (utf8proc_category(static_cast<utf8proc_int32_t>(character))) {
    case UTF8PROC_CATEGORY_PD:
      return U'-';
    case UTF8PROC_CATEGORY_PS:
      return U'(';
    case UTF8PROC_CATEGORY_PE:
      return U')';
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_SC:
      return character;
    default:
      return kPunctuation.find(character) != kPunctuation.npos ? character : kDropped;
  }
}

// What is kept of `characters`, with runs of white space as one space and none at the ends. Written
// without branches on the text: every result is stored, and the place moves on only past what stays.
template <class String, class Input, class Fold>
String fold_all(const Input& characters, Fold fold_one) {
  using Character = typename String::value_type;
  String output(characters.size(), Character{});
  std::size_t length = 0;
  Character previous = ' ';
  for (const auto character : characters) {
    const Character folded = fold_one(character);
    const bool stays = (folded != Character{}) & ((folded != ' ') | (previous != ' '));
    output[length] = folded;
    length += stays;
    previous = stays ? folded : previous;
  }
  if (length > 0 && previous == ' ') --length;
  output.resize(length);
  return output;
}

char32_t fold_or_space(char32_t character) { return is_space(character) ? U' ' : fold(character); }

// fold_or_space of the characters that make up most text: European letters and typographic marks.
constexpr std::size_t kTableSize = 0x2100;

std::array<char32_t, kTableSize> make_table() {
  std::array<char32_t, kTableSize> table{};
  for (char32_t c = 0; c < table.size(); ++c) table[c] = fold_or_space(c);
  return table;
}

}  // namespace

std::string clean_text(std::string_view utf8) {
  static const std::array<char32_t, kTableSize> table = make_table();
  if (is_ascii(utf8)) {
    return fold_all<std::string>(
        utf8, [](char c) { return static_cast<char>(table[static_cast<unsigned char>(c)]); });
  }
  const auto fold_one = [](char32_t c) { return c < table.size() ? table[c] : fold_or_space(c); };
  // Letters that what was dropped kept apart may compose (Hangul), hence normal form before and after.
  return encode_utf8(normalize(fold_all<std::u32string>(normalize(decode_utf8(utf8)), fold_one)));
}

std::string clean_field(std::string_view utf8) {
  std::u32string characters = decode_utf8(utf8);
  std::erase(characters, kByteOrderMark);
  const auto fold_one = [](char32_t c) { return is_space(c) ? U' ' : c; };
  return encode_utf8(fold_all<std::u32string>(normalize(std::move(characters)), fold_one));
}

}  // namespace favras::seq2seq
