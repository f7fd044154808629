#include "apps/seq2seq/data/noise/words.h"

#include <cstddef>

#include "apps/seq2seq/data/letters.h"

namespace favras::seq2seq {

std::vector<Span> find_words(std::u32string_view line) {
  std::vector<Span> words;
  words.reserve(16);  // more than most lines have
  bool inside = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const bool joins = inside && line[i] == U'\'' && i + 1 < line.size() && is_letter(line[i + 1]);
    const bool belongs = joins || is_letter(line[i]);
    if (belongs && !inside) words.push_back({i, i});
    if (belongs) words.back().end = i + 1;
    inside = belongs;
  }
  return words;
}

Casing casing_of(std::u32string_view text) {
  std::size_t letters = 0, capitals = 0;
  bool first_is_capital = false;
  for (const char32_t character : text) {
    if (!is_letter(character)) continue;
    const bool capital = is_upper(character);
    first_is_capital |= letters == 0 && capital;
    ++letters;
    capitals += capital;
  }
  if (capitals == 0) return Casing::kLower;
  if (capitals == 1 && first_is_capital) return Casing::kCapitalised;
  return capitals == letters ? Casing::kUpper : Casing::kMixed;
}

std::u32string with_casing(std::u32string text, Casing casing) {
  if (casing == Casing::kLower) return text;
  for (char32_t& character : text) {
    if (!is_letter(character)) continue;
    character = to_upper(character);
    if (casing == Casing::kCapitalised) break;
  }
  return text;
}

}  // namespace favras::seq2seq
