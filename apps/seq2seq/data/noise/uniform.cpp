#include "apps/seq2seq/data/noise/uniform.h"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

namespace favras::seq2seq {

namespace {

constexpr std::u32string_view kOriginalAlphabet = U"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ ";

enum Step : std::uint32_t { kReplace, kDelete, kInsert, kSwap };

}  // namespace

UniformNoise make_uniform_noise(const Vocabulary& vocabulary, int maximum_length, double weight) {
  UniformNoise noise{.rate = UniformNoise::kRate * weight, .maximum_length = maximum_length, .alphabet = {}};
  std::copy_if(kOriginalAlphabet.begin(), kOriginalAlphabet.end(), std::back_inserter(noise.alphabet),
               [&](char32_t character) { return vocabulary.contains(character); });
  return noise;
}

void UniformNoise::add(std::u32string& line, const NoiseKey& key) const {
  kernels::PhiloxCounter words{};  // of the present step: whether, where, which character
  const auto happens = [&](Step step) {
    // The counter is the whole key of this draw.
    words = kernels::philox(
        {static_cast<std::uint32_t>(key.line_hash), static_cast<std::uint32_t>(key.line_hash >> 32),
         static_cast<std::uint32_t>(key.epoch), static_cast<std::uint32_t>(key.epoch >> 32) << 2 | step},
        data_key(key.data_seed, RandomPurpose::kNoise));
    return words[0] * 0x1p-32 < rate * static_cast<double>(line.size());
  };
  const auto place = [&](std::size_t places) { return scale_to(words[1], places); };
  const auto character = [&] { return alphabet[scale_to(words[2], alphabet.size())]; };
  const bool can_add = !alphabet.empty();

  if (happens(kReplace) && can_add) line[place(line.size())] = character();
  if (happens(kDelete)) line.erase(place(line.size()), 1);
  if (happens(kInsert) && can_add && line.size() < static_cast<std::size_t>(maximum_length)) {
    line.insert(place(line.size() + 1), 1, character());
  }
  if (happens(kSwap) && line.size() > 1) {
    const std::size_t left = place(line.size() - 1);
    std::swap(line[left], line[left + 1]);
  }
}

}  // namespace favras::seq2seq
