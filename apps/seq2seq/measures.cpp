#include "apps/seq2seq/measures.h"

#include <algorithm>
#include <numeric>
#include <span>
#include <vector>

#include "apps/seq2seq/data/common_ends.h"

namespace favras::seq2seq {

namespace {

double ratio(std::uint64_t part, std::uint64_t whole) {
  return static_cast<double>(part) / static_cast<double>(whole);
}

using Words = std::vector<std::u32string_view>;
using SomeWords = std::span<const std::u32string_view>;

Words split_words(std::u32string_view line) {
  Words words;
  for (std::size_t begin = 0; begin < line.size();) {
    const std::size_t end = std::min(line.find(U' ', begin), line.size());
    if (end > begin) words.push_back(line.substr(begin, end - begin));
    begin = end + 1;
  }
  return words;
}

// The costs of a cheapest alignment of every beginning of `words` to every beginning of `clean`: insertions,
// deletions and replacements count, and equal words
// decide between equally many.
class AlignmentTable {
 public:
  AlignmentTable(SomeWords words, SomeWords clean)
      : columns_(clean.size() + 1),
        edit_(static_cast<std::int32_t>(std::min(words.size(), clean.size())) + 1),
        costs_((words.size() + 1) * columns_) {
    for (std::size_t i = 0; i <= words.size(); ++i) {
      for (std::size_t j = 0; j <= clean.size(); ++j) {
        if (i == 0 || j == 0) {
          at(i, j) = static_cast<std::int32_t>(i + j) * edit_;
        } else {
          const std::int32_t paired = at(i - 1, j - 1) + pair(words[i - 1] == clean[j - 1]);
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

// Unmarks the clean words that are not aligned to an equal one.
void unmark_wrong_words(SomeWords words, SomeWords clean, std::span<char> right) {
  const CommonEnds ends = common_ends(words, clean);
  words = words.subspan(ends.front, words.size() - ends.front - ends.back);
  clean = clean.subspan(ends.front, clean.size() - ends.front - ends.back);
  right = right.subspan(ends.front, clean.size());
  if (too_long_to_align(words.size(), clean.size())) {
    const std::size_t half = words.size() / 2, clean_half = clean.size() / 2;
    unmark_wrong_words(words.first(half), clean.first(clean_half), right.first(clean_half));
    unmark_wrong_words(words.subspan(half), clean.subspan(clean_half), right.subspan(clean_half));
    return;
  }
  AlignmentTable table(words, clean);
  // Back along a cheapest path; among equally cheap ones, the one that pairs words up.
  std::size_t i = words.size();
  for (std::size_t j = clean.size(); j > 0;) {
    const bool equal = i > 0 && words[i - 1] == clean[j - 1];
    if (i > 0 && table.at(i, j) == table.at(i - 1, j - 1) + table.pair(equal)) {
      right[--j] = equal;
      --i;
    } else if (i > 0 && table.at(i, j) == table.at(i - 1, j) + table.edit()) {
      --i;
    } else {
      right[--j] = false;
    }
  }
}

// For every clean word, whether it is aligned to an equal one.
std::vector<char> find_right_words(const Words& words, const Words& clean) {
  std::vector<char> right(clean.size(), true);
  unmark_wrong_words(words, clean, right);
  return right;
}

}  // namespace

std::uint64_t edit_distance(std::u32string_view a, std::u32string_view b) {
  const CommonEnds ends = common_ends(a, b);
  a = a.substr(ends.front, a.size() - ends.front - ends.back);
  b = b.substr(ends.front, b.size() - ends.front - ends.back);
  if (a.empty() || b.empty()) return a.size() + b.size();
  std::vector<std::uint32_t> row(b.size() + 1);  // distances of a's beginning to all beginnings of b
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::uint32_t diagonal = row[0]++;
    std::uint32_t left = row[0];
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::uint32_t above = row[j + 1];
      left = std::min(std::min(above, left) + 1, diagonal + (a[i] != b[j]));
      diagonal = above;
      row[j + 1] = left;
    }
  }
  return row.back();
}

void Accuracy::add(std::u32string_view line, std::u32string_view clean) {
  ++lines;
  exact_lines += line == clean;
  characters += clean.size();
  edits += edit_distance(line, clean);
  for (std::size_t i = 0; i < kPaddedLength; ++i) {
    const bool inside = i < line.size(), clean_inside = i < clean.size();
    padded_matches += inside && clean_inside ? line[i] == clean[i] : inside == clean_inside;
  }
}

double Accuracy::sentence() const { return ratio(exact_lines, lines); }
double Accuracy::character() const { return 1.0 - ratio(edits, characters); }
double Accuracy::padded_character() const { return ratio(padded_matches, lines * kPaddedLength); }

void WordCounts::add(std::u32string_view noisy, std::u32string_view clean, std::u32string_view output) {
  const Words clean_words = split_words(clean);
  const std::vector<char> noisy_right = find_right_words(split_words(noisy), clean_words);
  const std::vector<char> output_right = find_right_words(split_words(output), clean_words);
  for (std::size_t i = 0; i < clean_words.size(); ++i) {
    if (noisy_right[i]) {
      ++good_words;
      good_words_broken += !output_right[i];
    } else {
      ++errors;
      errors_fixed += output_right[i];
    }
  }
}

WordCounts& WordCounts::operator+=(const WordCounts& other) {
  errors += other.errors;
  errors_fixed += other.errors_fixed;
  good_words += other.good_words;
  good_words_broken += other.good_words_broken;
  return *this;
}

double WordCounts::share_fixed() const { return ratio(errors_fixed, errors); }
double WordCounts::share_broken() const { return ratio(good_words_broken, good_words); }

void Measures::add(std::u32string_view noisy, std::u32string_view clean, std::u32string_view output_line) {
  output.add(output_line, clean);
  do_nothing.add(noisy, clean);
  words.add(noisy, clean, output_line);
}

}  // namespace favras::seq2seq
