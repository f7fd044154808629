#include "apps/seq2seq/evaluation/measures.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "apps/seq2seq/data/common_ends.h"
#include "apps/seq2seq/data/word_alignment.h"

namespace favras::seq2seq {

namespace {

double ratio(std::uint64_t part, std::uint64_t whole) {
  return static_cast<double>(part) / static_cast<double>(whole);
}

// For every clean word, whether it is aligned to an equal one.
std::vector<char> find_right_words(const Words& words, const Words& clean) {
  std::vector<char> right(clean.size(), false);
  for (const EqualWords& pair : align_equal_words(words, clean)) right[pair.b] = true;
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
