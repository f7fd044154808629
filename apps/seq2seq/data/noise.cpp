#include "apps/seq2seq/data/noise.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "apps/seq2seq/data/random_keys.h"

namespace favras::seq2seq {

namespace {

constexpr std::u32string_view kOriginalAlphabet = U"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ ";

enum Edit : std::uint32_t { kReplace, kDelete, kInsert, kSwap };

}  // namespace

NoiseModel make_noise_model(const Vocabulary& vocabulary, int maximum_length) {
  NoiseModel model{.maximum_length = maximum_length, .alphabet = {}};
  std::copy_if(kOriginalAlphabet.begin(), kOriginalAlphabet.end(), std::back_inserter(model.alphabet),
               [&](char32_t character) { return vocabulary.contains(character); });
  return model;
}

std::u32string add_noise(std::u32string_view line, const NoiseModel& model, std::uint64_t data_seed,
                         std::uint64_t epoch, std::uint64_t line_hash) {
  std::u32string noisy(line);
  kernels::PhiloxCounter words{};  // of the present edit: whether, where, which character
  const auto happens = [&](Edit edit) {
    // The counter is the whole key of this draw; epochs stay far below 2^62.
    words = kernels::philox(
        {static_cast<std::uint32_t>(line_hash), static_cast<std::uint32_t>(line_hash >> 32),
         static_cast<std::uint32_t>(epoch), static_cast<std::uint32_t>(epoch >> 32) << 2 | edit},
        data_key(data_seed, RandomPurpose::kNoise));
    return words[0] * 0x1p-32 < model.rate * static_cast<double>(noisy.size());
  };
  const auto place = [&](std::size_t places) { return scale_to(words[1], places); };
  const auto character = [&] { return model.alphabet[scale_to(words[2], model.alphabet.size())]; };
  const bool can_add = !model.alphabet.empty();

  if (happens(kReplace) && can_add) noisy[place(noisy.size())] = character();
  if (happens(kDelete)) noisy.erase(place(noisy.size()), 1);
  if (happens(kInsert) && can_add && noisy.size() < static_cast<std::size_t>(model.maximum_length)) {
    noisy.insert(place(noisy.size() + 1), 1, character());
  }
  if (happens(kSwap) && noisy.size() > 1) {
    const std::size_t left = place(noisy.size() - 1);
    std::swap(noisy[left], noisy[left + 1]);
  }
  return noisy;
}

}  // namespace favras::seq2seq
