#include "apps/seq2seq/evaluation/breakdown.h"

#include <algorithm>
#include <vector>

namespace favras::seq2seq {

namespace {

// From the beginning of the first to the end of the last word that what is between the two places touches.
Span widen_to_words(Span span, std::u32string_view clean) {
  while (span.begin > 0 && clean[span.begin - 1] != U' ') --span.begin;
  while (span.end < clean.size() && clean[span.end] != U' ') ++span.end;
  return span;
}

// The ends count: a letter put behind a word, or the loss of the space there, changes it.
bool touches(const Span& a, const Span& b) { return a.begin <= b.end && b.begin <= a.end; }

bool is_repaired(const Edit& mistake, std::u32string_view clean, const std::vector<Edit>& left) {
  const Span words = widen_to_words(mistake.clean, clean);
  return std::none_of(left.begin(), left.end(), [&](const Edit& edit) { return touches(edit.clean, words); });
}

}  // namespace

void Breakdown::add(std::u32string_view noisy, std::u32string_view clean, std::u32string_view output) {
  WordCounts words;
  words.add(noisy, clean, output);
  const auto add_line = [&](LineGroup& group) {
    ++group.lines;
    group.exact_lines += output == clean;
    group.words += words;
  };
  const std::size_t groups_before = clean.empty() ? 0 : (clean.size() - 1) / kLengths;
  add_line(by_length[(groups_before + 1) * kLengths]);

  const std::vector<Edit> made = find_edits(noisy, clean), left = find_edits(output, clean);
  if (made.empty()) add_line(without_mistakes);
  std::array<bool, kEditKindNames.size()> seen{};
  for (const Edit& mistake : made) {
    const auto kind = static_cast<std::size_t>(mistake.kind);
    if (!seen[kind]) add_line(by_kind[kind]);
    seen[kind] = true;
    ++mistakes[kind].mistakes;
    mistakes[kind].repaired += is_repaired(mistake, clean, left);
  }
}

}  // namespace favras::seq2seq
