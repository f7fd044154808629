// Keys for the counter-based generator. The same seed serves several purposes on the data side; each has
// a key of its own, so that their numbers are independent.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/common/philox.h"

namespace favras::seq2seq {

enum class RandomPurpose : std::uint32_t {
  kSplit = 1,
  kNoise = 2,
  kSorting = 3,
  kKeyboardNoise = 4,
  kHumanNoise = 5,
  kHeldOutMistakes = 6,
  kUnknownCharacters = 7,
};

constexpr kernels::PhiloxKey data_key(std::uint64_t seed, RandomPurpose purpose) {
  return {static_cast<std::uint32_t>(seed),
          static_cast<std::uint32_t>(seed >> 32) ^ static_cast<std::uint32_t>(purpose) << 24};
}

// A whole number in [0, bound) from one random word.
constexpr std::uint32_t scale_to(std::uint32_t word, std::size_t bound) {
  return static_cast<std::uint32_t>((std::uint64_t{word} * bound) >> 32);
}

}  // namespace favras::seq2seq
