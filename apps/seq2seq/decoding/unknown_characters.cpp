#include "apps/seq2seq/decoding/unknown_characters.h"

#include <algorithm>

#include "apps/seq2seq/data/utf8.h"

namespace favras::seq2seq {

std::u32string unknown_in(std::u32string_view text, const Vocabulary& vocabulary) {
  std::u32string unknown;
  for (const char32_t c : text)
    if (c == kReplacementCharacter || !vocabulary.contains(c)) unknown += c;
  return unknown;
}

void copy_unknown(const Ids& output, std::u32string_view read, const Ids& source,
                  std::span<const std::vector<float>> weights, std::u32string& text) {
  std::vector<std::size_t> places;  // of UNK in the source
  for (std::size_t i = 0; i < source.size(); ++i)
    if (source[i] == kUnk) places.push_back(i);
  if (places.empty()) return;
  std::size_t before = 0;  // UNKs of the output
  for (std::size_t t = 0; t < output.size(); ++t) {
    if (output[t] != kUnk) continue;
    std::size_t place = places[std::min(before, places.size() - 1)];
    if (t < weights.size())
      place = *std::max_element(places.begin(), places.end(),
                                [&](std::size_t a, std::size_t b) { return weights[t][a] < weights[t][b]; });
    text[t] = read[place];
    ++before;
  }
}

}  // namespace favras::seq2seq
