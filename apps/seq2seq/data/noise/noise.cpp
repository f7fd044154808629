#include "apps/seq2seq/data/noise/noise.h"

namespace favras::seq2seq {

Noise::Noise(const NoiseMix& mix, const Vocabulary& vocabulary, int maximum_length,
             const std::vector<Misspelling>& misspellings) {
  if (mix.human > 0.0) human_.emplace(misspellings, vocabulary, maximum_length, mix.human);
  if (mix.keyboard > 0.0) keyboard_.emplace(mix.layout, vocabulary, maximum_length, mix.keyboard);
  if (mix.uniform > 0.0) uniform_ = make_uniform_noise(vocabulary, maximum_length, mix.uniform);
}

void Noise::add(std::u32string& line, const NoiseKey& key) const {
  if (human_) human_->add(line, key);
  if (keyboard_) keyboard_->add(line, key);
  if (uniform_) uniform_->add(line, key);
}

}  // namespace favras::seq2seq
