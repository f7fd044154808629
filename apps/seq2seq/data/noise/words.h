// The words of a line, and their case.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "apps/seq2seq/data/edits.h"

namespace favras::seq2seq {

// Letters in a row, with apostrophes between letters: "don't" is one word, "'tis" the word "tis".
std::vector<Span> find_words(std::u32string_view line);

enum class Casing { kLower, kCapitalised, kUpper, kMixed };

// Of the letters in the text: no capital; the first alone; all of two or more; anything else.
Casing casing_of(std::u32string_view text);
// Lower-case text in another case, which is not kMixed.
std::u32string with_casing(std::u32string text, Casing casing);

}  // namespace favras::seq2seq
