#include "apps/seq2seq/data/noise/listed_misspellings.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "apps/seq2seq/data/letters.h"
#include "apps/seq2seq/data/noise/words.h"
#include "apps/seq2seq/data/utf8.h"

namespace favras::seq2seq {

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
    std::vector<std::u32string>& forms = entries_[pair.right].wrong;
    if (std::find(forms.begin(), forms.end(), pair.wrong) == forms.end()) forms.push_back(pair.wrong);
    const std::vector<Span> words = find_words(pair.right);
    if (words.empty()) continue;
    const auto& [begin, end] = words.front();
    std::size_t& longest = entries_[pair.right.substr(begin, end - begin)].longest;
    longest = std::max(longest, words.size());
  }
}

std::vector<ListedMisspellings::Found> ListedMisspellings::find(std::u32string_view line,
                                                                const std::vector<Span>& words,
                                                                std::size_t first) const {
  std::vector<Found> found;
  Span place = words[first];
  std::size_t longest = 1;
  for (std::size_t last = first; last < words.size() && last < first + longest; ++last) {
    place.end = words[last].end;
    const auto entry = entries_.find(line.substr(place.begin, place.end - place.begin));
    if (entry == entries_.end()) continue;
    if (last == first) longest = entry->second.longest;
    if (!entry->second.wrong.empty()) found.push_back({place, &entry->second.wrong});
  }
  return found;
}

}  // namespace favras::seq2seq
