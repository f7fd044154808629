// The letter-sorting task: random lower-case strings, and the same letters in order.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "apps/seq2seq/data/vocabulary.h"

namespace favras::seq2seq {

inline constexpr int kSortingTrainingLines = 10'000;
inline constexpr int kSortingHeldOutLines = 1'000;
inline constexpr int kSortingMaximumLength = 8;

// Lines source<TAB>target, in the order of their content hashes.
struct SortingData {
  std::vector<std::string> train, validation;
  Vocabulary vocabulary;
};

// Distinct strings of 1..8 letters: a length, then letters, all uniform, until there are enough (so all
// 26 strings of one letter are among them, and most of the 676 of two). The held-out ones are a random
// sample of all; no source string is on both sides, while a target may be: "ab" and "ba" give the same.
SortingData make_sorting_data(std::uint64_t seed);

}  // namespace favras::seq2seq
