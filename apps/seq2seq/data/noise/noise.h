// The typing mistakes that make a source line out of a clean one: a mixture of models, each of which is one
// file beside this one. They are made while training, never stored. docs/noise.md shows them at work.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "apps/seq2seq/data/misspellings.h"
#include "apps/seq2seq/data/noise/human.h"
#include "apps/seq2seq/data/noise/keyboard.h"
#include "apps/seq2seq/data/noise/noise_stream.h"
#include "apps/seq2seq/data/noise/uniform.h"
#include "apps/seq2seq/data/vocabulary.h"

namespace favras::seq2seq {

// How much of which model: a weight multiplies its rates, and 0 leaves it out.
struct NoiseMix {
  double human = 0.0, keyboard = 0.0, uniform = 0.0;
  KeyboardLayout layout = KeyboardLayout::kQwerty;
  bool operator==(const NoiseMix&) const = default;
};

class Noise {
 public:
  // The misspellings are needed for human noise alone. Lines are of the vocabulary's characters, and what
  // comes out is no longer than maximum_length, if what came in was not.
  Noise(const NoiseMix& mix, const Vocabulary& vocabulary, int maximum_length,
        const std::vector<Misspelling>& misspellings);

  // The models one after the other: human, keyboard, uniform. A pure function of its arguments.
  void add(std::u32string& line, const NoiseKey& key) const;

 private:
  std::optional<HumanNoise> human_;
  std::optional<KeyboardNoise> keyboard_;
  std::optional<UniformNoise> uniform_;
};

}  // namespace favras::seq2seq
