// The wrong forms that a list of misspellings has for words and phrases of a line.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "apps/seq2seq/data/edits.h"
#include "apps/seq2seq/data/misspellings.h"

namespace favras::seq2seq {

struct LowerCasePair {
  std::u32string wrong, right;
};

// A list in lower case, without pairs that differ in case alone.
struct DividedMisspellings {
  std::vector<LowerCasePair> training;  // without those that have the wrong form of one held out
  std::vector<LowerCasePair> held_out;
};
DividedMisspellings divide(const std::vector<Misspelling>& misspellings);

class ListedMisspellings {
 public:
  explicit ListedMisspellings(const std::vector<LowerCasePair>& pairs);

  struct Found {
    Span place;                                // one or more words and what stands between them
    const std::vector<std::u32string>* wrong;  // its wrong forms, in lower case
  };
  // What is listed for the words from words[first] on, with what stands between them as the list has it. The
  // line is in lower case; words are those of find_words().
  std::vector<Found> find(std::u32string_view line, const std::vector<Span>& words, std::size_t first) const;

 private:
  struct Hash : std::hash<std::u32string_view> {
    using is_transparent = void;
  };
  struct Entry {
    std::vector<std::u32string> wrong;  // distinct; empty if only longer right forms begin with this word
    std::size_t longest = 1;            // right form that begins with this word, in words
  };
  std::unordered_map<std::u32string, Entry, Hash, std::equal_to<>> entries_;  // by right form
};

}  // namespace favras::seq2seq
