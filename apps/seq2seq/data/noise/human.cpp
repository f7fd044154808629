#include "apps/seq2seq/data/noise/human.h"

#include <algorithm>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "apps/seq2seq/data/letters.h"
#include "apps/seq2seq/data/noise/words.h"

namespace favras::seq2seq {

HumanNoise::HumanNoise(const std::vector<Misspelling>& misspellings, const Vocabulary& vocabulary,
                       int maximum_length, double weight)
    : HumanNoise(divide(misspellings), vocabulary, maximum_length, weight) {}

HumanNoise::HumanNoise(const DividedMisspellings& misspellings, const Vocabulary& vocabulary,
                       int maximum_length, double weight)
    : listed_(misspellings.training),
      edits_(misspellings.training),
      vocabulary_(vocabulary),
      maximum_length_(static_cast<std::size_t>(maximum_length)),
      rate_(kRate * weight) {
  if (!edits_.has_learnt())
    throw std::runtime_error(
        "noise human: nothing can be learnt from misspellings without single words of a few edits "
        "(a tenth of the pairs is held out)");
  for (const LowerCasePair& pair : misspellings.held_out) held_out_.insert(pair.wrong);
}

std::optional<HumanNoise::Mistake> HumanNoise::draw(std::u32string_view lower, const std::vector<Span>& words,
                                                    std::size_t word, NoiseStream& random) const {
  const Span place = words[word];
  const std::u32string_view right = lower.substr(place.begin, place.end - place.begin);
  if (!random.happens(rate_ * edits_.rate(right))) return std::nullopt;
  std::vector<ListedMisspellings::Found> found;
  if (random.happens(kListedShare)) found = listed_.find(lower, words, word);
  if (found.empty()) return Mistake{place, edits_.misspell(std::u32string(right), random)};
  std::size_t forms = 0;
  for (const auto& listed : found) forms += listed.wrong->size();
  std::size_t chosen = random.below(forms);
  auto listed = found.begin();
  for (; chosen >= listed->wrong->size(); ++listed) chosen -= listed->wrong->size();
  return Mistake{listed->place, (*listed->wrong)[chosen]};
}

bool HumanNoise::is_known(std::u32string_view text) const {
  return std::all_of(text.begin(), text.end(), [&](char32_t c) { return vocabulary_.contains(c); });
}

void HumanNoise::add(std::u32string& line, const NoiseKey& key) const {
  NoiseStream random(key, RandomPurpose::kHumanNoise);
  const std::u32string lower = to_lower(line);
  const std::vector<Span> words = find_words(line);
  std::u32string noisy;
  std::size_t done = 0;  // of the line
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i].begin < done) continue;  // in a phrase that went wrong
    const auto mistake = draw(lower, words, i, random);
    if (!mistake || held_out_.contains(mistake->wrong)) continue;
    const auto& [begin, end] = mistake->place;
    const Casing casing = casing_of(std::u32string_view(line).substr(begin, end - begin));
    const std::u32string wrong = with_casing(mistake->wrong, casing);
    const std::size_t size = noisy.size() + (begin - done) + wrong.size() + (line.size() - end);
    const bool fits = wrong.size() <= end - begin || size <= maximum_length_;
    if (casing == Casing::kMixed || !fits || !is_known(wrong)) continue;
    noisy.append(line, done, begin - done).append(wrong);
    done = end;
  }
  if (done > 0) line = noisy.append(line, done);
}

}  // namespace favras::seq2seq
