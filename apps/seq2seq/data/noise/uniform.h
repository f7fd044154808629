// The original's noise: any character may become any other, at the same rate everywhere.
#pragma once

#include <string>

#include "apps/seq2seq/data/noise/noise_stream.h"
#include "apps/seq2seq/data/vocabulary.h"

namespace favras::seq2seq {

struct UniformNoise {
  static constexpr double kRate = 0.2 / 60;  // at weight 1

  double rate = kRate;      // of each kind of mistake, per character of the line
  int maximum_length = 60;  // characters; a line of this length or more gets no insertion
  std::u32string alphabet;  // where new characters come from: a-zA-Z and space, as far as they are known

  // Each with probability rate * length, length at that moment, independently and in this order: replaces
  // the character at a random place by a random one of the alphabet; deletes one; inserts one (any place,
  // both ends included); swaps two neighbours. With an empty alphabet nothing is replaced or inserted.
  void add(std::u32string& line, const NoiseKey& key) const;
};

UniformNoise make_uniform_noise(const Vocabulary& vocabulary, int maximum_length, double weight = 1);

}  // namespace favras::seq2seq
