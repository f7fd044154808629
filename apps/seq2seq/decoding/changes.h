// What a model would have otherwise in a line: stretches of words, and how sure it is of each.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "apps/seq2seq/data/edits.h"

namespace favras::seq2seq {

struct Change {
  Span place;           // in the line
  std::u32string text;  // instead of what stands there
  // Of the text's characters and of the one that follows them, or the end of the line, given all that was
  // written before: the sum of their logarithms. 0 where probabilities were not asked for; minus infinity at
  // the end of an output that was cut.
  double log_probability = 0.0;

  friend bool operator==(const Change&, const Change&) = default;
};

// From left to right. Equal words are paired up (word_alignment.h), and what is between them is compared
// character by character (edits.h). Each edit is widened to whole words on either side, so that a place
// begins and ends at a space that stays or at an end of the line; edits of one word, or of words with no
// space between them that stays, are one change. Of a repetition it is the last part that comes or goes.
// log_probabilities: as Decoded has them for the output, or none.
std::vector<Change> find_changes(std::u32string_view input, std::u32string_view output,
                                 std::span<const float> log_probabilities = {});

// Leaves those of at least this probability, 0 to 1.
void keep_unless(double probability, std::vector<Change>& changes);

// The line with its changes, which are in order and do not overlap.
std::u32string apply_changes(std::u32string_view line, std::span<const Change> changes);

}  // namespace favras::seq2seq
