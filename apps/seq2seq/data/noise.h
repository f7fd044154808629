// The typing mistakes that make a source line out of a clean one: the original's uniform noise. It is
// made while training, never stored.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "apps/seq2seq/data/vocabulary.h"

namespace favras::seq2seq {

struct NoiseModel {
  double rate = 0.2 / 60;   // of each kind of mistake, per character of the line
  int maximum_length = 60;  // characters; a line of this length or more gets no insertion
  std::u32string alphabet;  // where new characters come from: a-zA-Z and space, as far as they are known
};

// The original's noise for lines of up to `maximum_length` characters of this vocabulary.
NoiseModel make_noise_model(const Vocabulary& vocabulary, int maximum_length);

// Each with probability rate * length, length at that moment, independently and in this order: replaces
// the character at a random place by a random one of the alphabet; deletes one; inserts one (any place,
// both ends included); swaps two neighbours. With an empty alphabet nothing is replaced or inserted.
// A pure function of its arguments: the same for the same seed, epoch and hash wherever the line stands.
// Epoch 0 is the frozen noise, which validation always has.
std::u32string add_noise(std::u32string_view line, const NoiseModel& model, std::uint64_t data_seed,
                         std::uint64_t epoch, std::uint64_t line_hash);

}  // namespace favras::seq2seq
