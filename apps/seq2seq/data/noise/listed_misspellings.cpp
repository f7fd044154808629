#include "apps/seq2seq/data/noise/listed_misspellings.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "apps/seq2seq/data/letters.h"
#include "apps/seq2seq/data/noise/words.h"
#include "apps/seq2seq/data/utf8.h"

namespace favras::seq2seq {

namespace {

bool separates_words(std::u32string_view between) { return between == U" " || between == U"-"; }

}  // namespace

DividedMisspellings divide(const std::vector<Misspelling>& misspellings) {
  DividedMisspellings divided;
  std::unordered_set<std::u32string> held_out;  // wrong forms
  for (const Misspelling& pair : misspellings) {
    LowerCasePair lower{to_lower(decode_utf8(pair.wrong)), to_lower(decode_utf8(pair.right))};
    if (lower.wrong == lower.right) continue;
    const bool is_held = is_held_out(pair);
    if (is_held) held_out.insert(lower.wrong);
    (is_held ? divided.held_out : divided.training).push_back(std::move(lower));
  }
  std::erase_if(divided.training, [&](const LowerCasePair& pair) { return held_out.contains(pair.wrong); });
  return divided;
}

ListedMisspellings::ListedMisspellings(const std::vector<LowerCasePair>& pairs) {
  for (const LowerCasePair& pair : pairs) {
    std::vector<std::u32string>& forms = wrong_forms_[pair.right];
    if (std::find(forms.begin(), forms.end(), pair.wrong) == forms.end()) forms.push_back(pair.wrong);
    longest_ = std::max(longest_, find_words(pair.right).size());
  }
}

std::vector<ListedMisspellings::Found> ListedMisspellings::find(std::u32string_view line,
                                                                const std::vector<Span>& words,
                                                                std::size_t first) const {
  std::vector<Found> found;
  Span place = words[first];
  for (std::size_t last = first; last < words.size() && last < first + longest_; ++last) {
    if (last > first && !separates_words(line.substr(place.end, words[last].begin - place.end))) break;
    place.end = words[last].end;
    const auto forms = wrong_forms_.find(line.substr(place.begin, place.end - place.begin));
    if (forms != wrong_forms_.end()) found.push_back({place, &forms->second});
  }
  return found;
}

}  // namespace favras::seq2seq
