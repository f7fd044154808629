// Slips of the fingers: keys that lie beside the right one, hit instead of it or with it, keys hit twice, not
// at all, or too early.
#pragma once

#include <map>
#include <string>

#include "apps/seq2seq/data/noise/keyboard_layout.h"
#include "apps/seq2seq/data/noise/noise_stream.h"
#include "apps/seq2seq/data/vocabulary.h"

namespace favras::seq2seq {

class KeyboardNoise {
 public:
  // Of a replacement, a character left out, one too many, and a swap, each, at weight 1 and per character:
  // that of the uniform noise, so that there are as many mistakes.
  static constexpr double kRate = 0.2 / 60;

  KeyboardNoise(KeyboardLayout layout, const Vocabulary& vocabulary, int maximum_length, double weight = 1);

  // At each character, at most one of: with probability rate it becomes one of its neighbours; rate: it is
  // left out; rate / 2: a neighbour comes with it, before or after; rate / 2: it comes twice, unless it is a
  // space; rate: it changes places with the next one, which is then done, too. The rate is kRate * weight.
  // Neighbours are those of the layout that the vocabulary has; a character without any, such as a space, is
  // not replaced, nor does one come with it. Nothing is put into a line of the maximum length.
  void add(std::u32string& line, const NoiseKey& key) const;

 private:
  std::map<char32_t, std::u32string> neighbours_;
  double rate_;
  std::size_t maximum_length_;
};

}  // namespace favras::seq2seq
