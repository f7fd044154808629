// Where a model is good and where it is not: what became of lines by the kinds of their mistakes and by
// length.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string_view>

#include "apps/seq2seq/data/edits.h"
#include "apps/seq2seq/evaluation/measures.h"

namespace favras::seq2seq {

struct LineGroup {
  std::uint64_t lines = 0;
  std::uint64_t exact_lines = 0;  // whose output is the clean line
  WordCounts words;
};

struct MistakeCounts {
  std::uint64_t mistakes = 0;
  std::uint64_t repaired = 0;
};

// A noisy line's mistakes are its edits (edits.h). A mistake belongs to the words, of the clean line, that it
// touches: the one that it is in or at an end of, or both words beside a space. It is repaired if no edit of
// the output is in those words or at their ends. That is stricter than words.errors_fixed, which looks at
// words as a whole: a doubled space makes no word wrong but is a mistake, and left as it is, it is not
// repaired.
struct Breakdown {
  static constexpr std::size_t kLengths = 10;  // in one group

  // By EditKind. A line with mistakes of several kinds counts once under each of them.
  std::array<LineGroup, kEditKindNames.size()> by_kind;
  std::array<MistakeCounts, kEditKindNames.size()> mistakes;
  LineGroup without_mistakes;
  // By the clean line's characters; the key is the longest length of the group: 10 for up to 10, 20 for 11
  // to 20.
  std::map<std::size_t, LineGroup> by_length;

  void add(std::u32string_view noisy, std::u32string_view clean, std::u32string_view output);
};

}  // namespace favras::seq2seq
