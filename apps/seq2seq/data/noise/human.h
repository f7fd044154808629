// Mistakes as people make them: whole words got wrong as a list of misspellings has them, and letters got
// wrong as in that list.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "apps/seq2seq/data/misspellings.h"
#include "apps/seq2seq/data/noise/edit_statistics.h"
#include "apps/seq2seq/data/noise/listed_misspellings.h"
#include "apps/seq2seq/data/noise/noise_stream.h"
#include "apps/seq2seq/data/vocabulary.h"

namespace favras::seq2seq {

class HumanNoise {
 public:
  // Of a mistake, at weight 1 and per letter of the words learnt from.
  static constexpr double kRate = 1.0 / 60;
  // Of the mistakes in words that are listed, those that are taken from the list.
  static constexpr double kListedShare = 0.5;

  // From the misspellings that are not held out.
  HumanNoise(const std::vector<Misspelling>& misspellings, const Vocabulary& vocabulary, int maximum_length,
             double weight = 1);

  // Each word goes wrong with probability kRate * weight * EditStatistics::rate of its letters. Half the
  // time, if the list has it, or a phrase that begins with it, what is listed takes its place, each wrong
  // form as often as the others; else its letters are got wrong as EditStatistics has it. Case is kept: of
  // lower, capitalised and upper words; words of mixed case stay right. So do those that would make the line
  // too long, have a character unknown to the vocabulary, or be the wrong form of a held-out misspelling.
  void add(std::u32string& line, const NoiseKey& key) const;

 private:
  HumanNoise(const DividedMisspellings& misspellings, const Vocabulary& vocabulary, int maximum_length,
             double weight);

  struct Mistake {
    Span place;  // in the line
    std::u32string wrong;
  };
  // In lower case; nothing if the word stays right.
  std::optional<Mistake> draw(std::u32string_view lower, const std::vector<Span>& words, std::size_t word,
                              NoiseStream& random) const;
  bool is_known(std::u32string_view text) const;

  ListedMisspellings listed_;
  EditStatistics edits_;
  std::unordered_set<std::u32string> held_out_;  // wrong forms in lower case
  Vocabulary vocabulary_;
  std::size_t maximum_length_;
  double rate_;
};

}  // namespace favras::seq2seq
