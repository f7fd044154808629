#include "apps/seq2seq/measures.h"

#include <algorithm>
#include <numeric>
#include <vector>

namespace favras::seq2seq {

namespace {

double ratio(std::uint64_t part, std::uint64_t whole) {
  return static_cast<double>(part) / static_cast<double>(whole);
}

// How much the two have in common at either end. Equal ends belong to a cheapest alignment, and corrected
// lines differ in little else than a few places, so what is left to align is short.
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

using Words = std::vector<std::u32string_view>;

Words split_words(std::u32string_view line) {
  Words words;
  for (std::size_t begin = 0; begin < line.size();) {
    const std::size_t end = std::min(line.find(U' ', begin), line.size());
    if (end > begin) words.push_back(line.substr(begin, end - begin));
    begin = end + 1;
  }
  return words;
}

// The costs of a cheapest alignment of every beginning of `words` to every beginning of `clean`.
class AlignmentTable {
 public:
  AlignmentTable(const Words& words, const Words& clean)
      : columns_(clean.size() + 1), costs_((words.size() + 1) * columns_) {
    for (std::size_t i = 0; i <= words.size(); ++i) {
      for (std::size_t j = 0; j <= clean.size(); ++j) {
        if (i == 0 || j == 0) {
          at(i, j) = static_cast<std::uint32_t>(i + j);
        } else {
          const std::uint32_t replaced = at(i - 1, j - 1) + (words[i - 1] != clean[j - 1]);
          at(i, j) = std::min({replaced, at(i - 1, j) + 1, at(i, j - 1) + 1});
        }
      }
    }
  }
  std::uint32_t& at(std::size_t i, std::size_t j) { return costs_[i * columns_ + j]; }

 private:
  std::size_t columns_;
  std::vector<std::uint32_t> costs_;
};

// For every clean word, whether it is aligned to an equal one.
std::vector<char> find_right_words(const Words& words, const Words& clean) {
  std::vector<char> right(clean.size(), true);
  const CommonEnds ends = common_ends(words, clean);
  const auto middle = [&](const Words& all) {
    return Words(all.begin() + static_cast<std::ptrdiff_t>(ends.front),
                 all.end() - static_cast<std::ptrdiff_t>(ends.back));
  };
  const Words rest = middle(words), clean_rest = middle(clean);
  AlignmentTable table(rest, clean_rest);
  // Back along a cheapest path; among equally cheap ones, the one that pairs words up.
  std::size_t i = rest.size();
  for (std::size_t j = clean_rest.size(); j > 0;) {
    const bool equal = i > 0 && rest[i - 1] == clean_rest[j - 1];
    if (i > 0 && table.at(i, j) == table.at(i - 1, j - 1) + !equal) {
      right[ends.front + --j] = equal;
      --i;
    } else if (i > 0 && table.at(i, j) == table.at(i - 1, j) + 1) {
      --i;
    } else {
      right[ends.front + --j] = false;
    }
  }
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

double WordCounts::share_fixed() const { return ratio(errors_fixed, errors); }
double WordCounts::share_broken() const { return ratio(good_words_broken, good_words); }

void Measures::add(std::u32string_view noisy, std::u32string_view clean, std::u32string_view output_line) {
  output.add(output_line, clean);
  do_nothing.add(noisy, clean);
  words.add(noisy, clean, output_line);
}

}  // namespace favras::seq2seq
