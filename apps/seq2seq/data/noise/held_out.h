// Mistakes of people that no training noise has made: how a model does on them is how it does on mistakes
// that it was never shown.
#pragma once

#include <string>
#include <vector>

#include "apps/seq2seq/data/misspellings.h"
#include "apps/seq2seq/data/noise/listed_misspellings.h"
#include "apps/seq2seq/data/noise/noise_stream.h"

namespace favras::seq2seq {

class HeldOutMistakes {
 public:
  // From those of the misspellings that are held out.
  explicit HeldOutMistakes(const std::vector<Misspelling>& misspellings);

  // Puts one wrong form into the line, each of those listed for any of its words as often as the others, so
  // that words with many count for more than frequent ones. Case is kept as in human noise. False if no word
  // of the line is listed.
  bool add(std::u32string& line, const NoiseKey& key) const;

 private:
  ListedMisspellings listed_;
};

}  // namespace favras::seq2seq
