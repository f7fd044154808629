#include "apps/seq2seq/data/noise/held_out.h"

#include <cstddef>
#include <string_view>

#include "apps/seq2seq/data/letters.h"
#include "apps/seq2seq/data/noise/words.h"

namespace favras::seq2seq {

HeldOutMistakes::HeldOutMistakes(const std::vector<Misspelling>& misspellings)
    : listed_(divide(misspellings).held_out) {}

bool HeldOutMistakes::add(std::u32string& line, const NoiseKey& key) const {
  const std::u32string lower = to_lower(line);
  const std::vector<Span> words = find_words(line);
  const auto casing = [&](const Span& place) {
    return casing_of(std::u32string_view(line).substr(place.begin, place.end - place.begin));
  };
  struct Candidate {
    Span place;
    const std::u32string* wrong;
  };
  std::vector<Candidate> candidates;
  for (std::size_t i = 0; i < words.size(); ++i)
    for (const auto& [place, forms] : listed_.find(lower, words, i))
      if (casing(place) != Casing::kMixed)
        for (const std::u32string& wrong : *forms) candidates.push_back({place, &wrong});
  if (candidates.empty()) return false;
  const auto& [place, wrong] =
      candidates[NoiseStream(key, RandomPurpose::kHeldOutMistakes).below(candidates.size())];
  line.replace(place.begin, place.end - place.begin, with_casing(*wrong, casing(place)));
  return true;
}

}  // namespace favras::seq2seq
