// How good corrections are: output and untouched input compared with the clean line, over many lines.
#pragma once

#include <cstdint>
#include <string_view>

namespace favras::seq2seq {

// Positions that the padded accuracy compares in every line, whatever its length.
inline constexpr std::size_t kPaddedLength = 60;

// What one side, the model's output or the untouched input, has in common with the clean lines. Sums, so
// that the accuracies are over the corpus. An accuracy over nothing is not a number.
struct Accuracy {
  std::uint64_t lines = 0;
  std::uint64_t exact_lines = 0;
  std::uint64_t characters = 0;      // of the clean lines
  std::uint64_t edits = 0;           // Levenshtein distance to the clean line
  std::uint64_t padded_matches = 0;  // out of kPaddedLength a line

  void add(std::u32string_view line, std::u32string_view clean);

  double sentence() const;
  // 1 - edits / characters; below 0 where a side is further from the clean lines than an empty one.
  double character() const;
  // Share of equal positions with both lines padded to kPaddedLength; what lies beyond is not looked at.
  double padded_character() const;
};

// What happened to the words of the clean lines. Words are what stands between spaces. The words of the noisy
// line and those of the output are each aligned to those of the clean line with the fewest insertions,
// deletions and replacements, and among those ways with the most equal words: a right word between a split
// and a joined one stays right. A clean word is right in a line if it is aligned to an equal word, so an
// error is a clean word that the noisy line changed, lost, split or joined ("alot" for "a lot" is two, "a
// lot" for "alot" one); a word too many is none.
struct WordCounts {
  std::uint64_t errors = 0;             // clean words that are not right in the noisy line
  std::uint64_t errors_fixed = 0;       // ... but in the output
  std::uint64_t good_words = 0;         // clean words that are right in the noisy line
  std::uint64_t good_words_broken = 0;  // ... but not in the output

  void add(std::u32string_view noisy, std::u32string_view clean, std::u32string_view output);
  WordCounts& operator+=(const WordCounts& other);

  double share_fixed() const;   // of errors
  double share_broken() const;  // of good words
};

// Lines are characters as the program counts them: code points in normal form C.
struct Measures {
  Accuracy output, do_nothing;
  WordCounts words;

  void add(std::u32string_view noisy, std::u32string_view clean, std::u32string_view output_line);
};

// Insertions, deletions and replacements of characters that make one line of the other.
std::uint64_t edit_distance(std::u32string_view a, std::u32string_view b);

}  // namespace favras::seq2seq
