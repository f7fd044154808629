#include "apps/seq2seq/data/word_alignment.h"

#include <algorithm>
#include <cstdint>

#include "apps/seq2seq/data/common_ends.h"

namespace favras::seq2seq {

namespace {

using SomeWords = std::span<const std::u32string_view>;

// The costs of a cheapest alignment of every beginning of `a` to every beginning of `b`: insertions,
// deletions and replacements count, and equal words decide between equally many.
class AlignmentTable {
 public:
  AlignmentTable(SomeWords a, SomeWords b)
      : columns_(b.size() + 1),
        edit_(static_cast<std::int32_t>(std::min(a.size(), b.size())) + 1),
        costs_((a.size() + 1) * columns_) {
    for (std::size_t i = 0; i <= a.size(); ++i) {
      for (std::size_t j = 0; j <= b.size(); ++j) {
        if (i == 0 || j == 0) {
          at(i, j) = static_cast<std::int32_t>(i + j) * edit_;
        } else {
          const std::int32_t paired = at(i - 1, j - 1) + pair(a[i - 1] == b[j - 1]);
          at(i, j) = std::min({paired, at(i - 1, j) + edit_, at(i, j - 1) + edit_});
        }
      }
    }
  }
  std::int32_t& at(std::size_t i, std::size_t j) { return costs_[i * columns_ + j]; }
  std::int32_t edit() const { return edit_; }
  std::int32_t pair(bool equal) const { return equal ? -1 : edit_; }

 private:
  std::size_t columns_;
  std::int32_t edit_;  // more than all equal words together give back
  std::vector<std::int32_t> costs_;
};

// Appends the pairs of `a` and `b`, which begin at these indices of all words.
void append_pairs(SomeWords a, SomeWords b, EqualWords first, std::vector<EqualWords>& pairs) {
  const CommonEnds ends = common_ends(a, b);
  for (std::size_t i = 0; i < ends.front; ++i) pairs.push_back({first.a + i, first.b + i});
  const EqualWords back{first.a + a.size() - ends.back, first.b + b.size() - ends.back};
  a = a.subspan(ends.front, a.size() - ends.front - ends.back);
  b = b.subspan(ends.front, b.size() - ends.front - ends.back);
  first = {first.a + ends.front, first.b + ends.front};
  if (too_long_to_align(a.size(), b.size())) {
    const std::size_t half_a = a.size() / 2, half_b = b.size() / 2;
    append_pairs(a.first(half_a), b.first(half_b), first, pairs);
    append_pairs(a.subspan(half_a), b.subspan(half_b), {first.a + half_a, first.b + half_b}, pairs);
  } else {
    AlignmentTable table(a, b);
    const auto before = static_cast<std::ptrdiff_t>(pairs.size());
    // Back along a cheapest path; among equally cheap ones, the one that pairs words up.
    for (std::size_t i = a.size(), j = b.size(); i > 0 && j > 0;) {
      const bool equal = a[i - 1] == b[j - 1];
      if (table.at(i, j) == table.at(i - 1, j - 1) + table.pair(equal)) {
        --i;
        --j;
        if (equal) pairs.push_back({first.a + i, first.b + j});
      } else if (table.at(i, j) == table.at(i - 1, j) + table.edit()) {
        --i;
      } else {
        --j;
      }
    }
    std::reverse(pairs.begin() + before, pairs.end());
  }
  for (std::size_t i = 0; i < ends.back; ++i) pairs.push_back({back.a + i, back.b + i});
}

}  // namespace

Words split_words(std::u32string_view line) {
  Words words;
  for (std::size_t begin = 0; begin < line.size();) {
    const std::size_t end = std::min(line.find(U' ', begin), line.size());
    if (end > begin) words.push_back(line.substr(begin, end - begin));
    begin = end + 1;
  }
  return words;
}

std::vector<EqualWords> align_equal_words(const Words& a, const Words& b) {
  std::vector<EqualWords> pairs;
  append_pairs(a, b, {}, pairs);
  return pairs;
}

}  // namespace favras::seq2seq
