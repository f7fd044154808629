// How people get letters wrong, learnt from pairs of wrong and right words: what happens to which letter, how
// often, depending on the letter before it and on its place in the word.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "apps/seq2seq/data/noise/listed_misspellings.h"
#include "apps/seq2seq/data/noise/noise_stream.h"

namespace favras::seq2seq {

// Learnt from pairs of single words of two letters or more that are up to kMostEdits edits apart
// (find_edits). A letter gone missing from a run of the same ones is the last of them; one that was added
// beside the same letter stands after it. What is counted is counted for the letter and its place in the
// word: first, inside, last, or after the same letter; and for these and the letter before. The rate of the
// latter leans on that of the former, as if kPriorLetters more letters had been seen that went wrong as those
// do.
class EditStatistics {
 public:
  static constexpr std::size_t kMostEdits = 3;
  static constexpr double kPriorLetters = 20;

  explicit EditStatistics(const std::vector<LowerCasePair>& pairs);

  bool has_learnt() const { return !changes_.empty(); }

  // How often the letters of a lower-case word go wrong, in sum, where the mean of the letters learnt from is
  // 1. A letter that was never seen at such a place never does.
  double rate(std::u32string_view word) const;

  // The word with as many edits as a learnt pair has, one after the other, each at a letter drawn by its
  // rate. The same word if its rate is 0, if it has one letter, or if the edits undo each other.
  std::u32string misspell(std::u32string word, NoiseStream& random) const;

 private:
  enum class Kind : std::uint8_t {
    kDelete,
    kReplace,
    kInsertAfter,
    kInsertBefore,  // the first letter
    kSwapWithPrevious,
  };
  struct Change {
    Kind kind;
    char32_t letter = 0;  // of a replacement or an insertion
    auto operator<=>(const Change&) const = default;
  };
  struct PlacedChange {
    std::size_t letter;
    Change change;
  };
  struct Learnt {
    std::size_t context;
    Change change;
    auto operator<=>(const Learnt&) const = default;
  };

  void number_letters(const std::vector<LowerCasePair>& pairs);
  void learn(const LowerCasePair& pair, std::vector<Learnt>& learnt);
  void set_rates();
  std::size_t context_of(std::u32string_view word, std::size_t letter) const;
  // The first context with the same letter and place as this one; there are letter_numbers_ of them.
  std::size_t first_alike(std::size_t context) const { return context - context % letter_numbers_; }
  static PlacedChange change_of(const Edit& edit, const LowerCasePair& pair);
  static void apply(const Change& change, std::size_t letter, std::u32string& word);
  void edit_once(std::u32string& word, NoiseStream& random) const;
  const Change& draw(std::size_t context, NoiseStream& random) const;

  std::vector<std::uint16_t> numbers_;  // of letters, by code point; 0 for those that were not seen
  std::size_t letter_numbers_ = 1;
  // By context, a number for place in the word, letter, and letter before, in this order:
  std::vector<std::uint32_t> letters_;     // how many were seen in right words
  std::vector<std::size_t> first_change_;  // of those in changes_; one more at the end
  std::vector<double> prior_;              // what is known from all contexts alike, in changes
  std::vector<double> rates_;
  std::vector<Change> changes_;                    // all that were seen
  std::array<std::uint64_t, kMostEdits> pairs_{};  // with 1, 2, 3 edits
};

}  // namespace favras::seq2seq
