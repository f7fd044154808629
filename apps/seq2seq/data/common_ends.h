// How much two sequences have in common at either end. Equal ends belong to a cheapest alignment, and
// corrected lines differ in little else than a few places, so what is left to align is short.
#pragma once

#include <algorithm>
#include <cstddef>

namespace favras::seq2seq {

struct CommonEnds {
  std::size_t front = 0, back = 0;
};

template <class Sequence>
CommonEnds common_ends(const Sequence& a, const Sequence& b) {
  const std::size_t shorter = std::min(a.size(), b.size());
  CommonEnds ends;
  while (ends.front < shorter && a[ends.front] == b[ends.front]) ++ends.front;
  while (ends.back < shorter - ends.front && a[a.size() - 1 - ends.back] == b[b.size() - 1 - ends.back])
    ++ends.back;
  return ends;
}

// Pairs of elements that an alignment may have a table of. Longer sequences are aligned half by half, which
// bounds memory and may take more edits than there need be.
inline constexpr std::size_t kAlignedPairs = std::size_t{1} << 26;

inline bool too_long_to_align(std::size_t a, std::size_t b) {
  return a > 1 && b > 1 && a > kAlignedPairs / b;
}

}  // namespace favras::seq2seq
