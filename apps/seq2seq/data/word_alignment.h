// The words of two lines side by side: which of them are the same.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace favras::seq2seq {

using Words = std::vector<std::u32string_view>;  // views into a line, in its order

// What stands between spaces.
Words split_words(std::u32string_view line);

struct EqualWords {
  std::size_t a = 0, b = 0;  // indices
  friend bool operator==(const EqualWords&, const EqualWords&) = default;
};

// The pairs of equal words, in order, in the alignment with the fewest insertions, deletions and replacements
// of words, and among those alignments in one with the most equal words. Thousands of words between the
// lines' common ends are aligned half by half (data/common_ends.h), perhaps with more edits.
std::vector<EqualWords> align_equal_words(const Words& a, const Words& b);

}  // namespace favras::seq2seq
