// A line of any length and kind as a model can read it: windows over the words that it knows, which overlap
// where a sentence is longer than one of them.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "apps/seq2seq/data/edits.h"
#include "apps/seq2seq/data/vocabulary.h"
#include "apps/seq2seq/decoding/changes.h"

namespace favras::seq2seq {

struct Window {
  Span place;                // of the line: from the beginning of a word to the end of one
  std::size_t core_end = 0;  // where the next window's core begins, or this one's end
};

// In order. A window is one or more words and the spaces between them: at most maximum_length characters, all
// of the vocabulary, counted in normal form C. In no window: blanks at the ends of the line, and blanks other
// than known spaces; punctuation that the vocabulary does not have, at a word's ends; words with any other
// unknown character, for the parts of a word mean nothing to a model; words that are too long. With
// `some_unknown`, words more than half of whose characters are known are in windows, too, if they are in
// normal form already, so that their unknown characters can be copied as they are.
//
// Words that are not parted by any of these, and fit one window, are one. Longer runs are cut behind
// sentences, and where a sentence does not fit between words: there windows overlap, and what is beyond the
// core is for context, a fifth of maximum_length on either side or as many whole words as fit in that.
std::vector<Window> find_windows(std::u32string_view line, const Vocabulary& vocabulary,
                                 std::size_t maximum_length, bool some_unknown = false);

// Every window's changes of the line, in its order, as one list. Where windows overlap, the one's changes
// hold up to a gap between words, and the next one's from there: the gap nearest to the end of the core that
// neither changes, with the same words beside it for both. Where there is none, the words beside the end of
// the core stay as they are. So nothing is lost or doubled where windows do not agree on a place.
std::vector<Change> join_changes(std::u32string_view line, std::span<const Window> windows,
                                 std::span<const std::vector<Change>> changes);

}  // namespace favras::seq2seq
