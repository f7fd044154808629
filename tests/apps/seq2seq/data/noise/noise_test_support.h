// What the tests of noise share.
#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>

#include <boost/test/unit_test.hpp>

#include "apps/seq2seq/data/noise/noise_stream.h"
#include "apps/seq2seq/data/utf8.h"
#include "apps/seq2seq/data/vocabulary.h"

namespace favras::seq2seq::testing {

// Whether `count` of `trials` is what probability p gives, within five standard deviations.
inline void check_rate(double count, double trials, double p) {
  const double sigma = std::sqrt(trials * p * (1 - p));
  BOOST_CHECK_MESSAGE(std::abs(count - trials * p) <= 5 * sigma,
                      count << " of " << trials << ", expected " << trials * p << " +- " << sigma);
}

inline Vocabulary printable_ascii() {
  std::u32string characters;
  for (char32_t c = 0x20; c < 0x7F; ++c) characters += c;
  return Vocabulary(characters);
}

template <class Model>
std::u32string noisy(const Model& model, std::u32string_view line, const NoiseKey& key) {
  std::u32string text(line);
  model.add(text, key);
  return text;
}

// Keys of lines that have nothing to do with each other.
inline NoiseKey key_of(std::uint64_t line) { return {.line_hash = line * 0x9E3779B97F4A7C15u}; }

}  // namespace favras::seq2seq::testing
