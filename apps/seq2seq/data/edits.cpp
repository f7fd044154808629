#include "apps/seq2seq/data/edits.h"

#include <algorithm>
#include <cstdint>
#include <numeric>

#include "apps/seq2seq/data/common_ends.h"

namespace favras::seq2seq {

namespace {

constexpr std::uint8_t kKeep = 4;  // in the table of steps, beside the kinds of edits

std::uint8_t step_of(EditKind kind) { return static_cast<std::uint8_t>(kind); }

// The last step of a shortest way from every beginning of `clean` to every beginning of `line`.
class StepTable {
 public:
  StepTable(std::u32string_view line, std::u32string_view clean)
      : columns_(clean.size() + 1), steps_((line.size() + 1) * columns_) {
    // Numbers of edits: of the line's beginning that is being looked at, and of the two before it.
    std::vector<std::uint32_t> row(columns_), above(columns_), second_above(columns_);
    std::iota(row.begin(), row.end(), 0);
    std::fill(steps_.begin(), steps_.begin() + static_cast<std::ptrdiff_t>(columns_),
              step_of(EditKind::kDelete));
    for (std::size_t i = 1; i <= line.size(); ++i) {
      second_above.swap(above);
      above.swap(row);
      row[0] = static_cast<std::uint32_t>(i);
      steps_[i * columns_] = step_of(EditKind::kInsert);
      for (std::size_t j = 1; j <= clean.size(); ++j) {
        std::uint8_t& step = steps_[i * columns_ + j];
        if (line[i - 1] == clean[j - 1]) {
          row[j] = above[j - 1];
          step = kKeep;
          continue;
        }
        row[j] = std::min({above[j - 1], row[j - 1], above[j]}) + 1;
        step = step_of(row[j] == above[j - 1] + 1 ? EditKind::kReplace
                       : row[j] == row[j - 1] + 1 ? EditKind::kDelete
                                                  : EditKind::kInsert);
        const bool crossed = i > 1 && j > 1 && line[i - 1] == clean[j - 2] && line[i - 2] == clean[j - 1];
        if (crossed && second_above[j - 2] + 1 <= row[j]) {
          row[j] = second_above[j - 2] + 1;
          step = step_of(EditKind::kSwap);
        }
      }
    }
  }
  std::uint8_t at(std::size_t i, std::size_t j) const { return steps_[i * columns_ + j]; }

 private:
  std::size_t columns_;
  std::vector<std::uint8_t> steps_;
};

// `line` and `clean` begin at these places of the whole lines. Appends.
void append_edits(std::u32string_view line, std::u32string_view clean, std::size_t place,
                  std::size_t clean_place, std::vector<Edit>& edits) {
  const CommonEnds ends = common_ends(line, clean);
  line = line.substr(ends.front, line.size() - ends.front - ends.back);
  clean = clean.substr(ends.front, clean.size() - ends.front - ends.back);
  place += ends.front;
  clean_place += ends.front;
  if (line.empty() && clean.empty()) return;
  if (too_long_to_align(line.size(), clean.size())) {
    const std::size_t half = line.size() / 2, clean_half = clean.size() / 2;
    append_edits(line.substr(0, half), clean.substr(0, clean_half), place, clean_place, edits);
    append_edits(line.substr(half), clean.substr(clean_half), place + half, clean_place + clean_half, edits);
    return;
  }
  const StepTable steps(line, clean);
  const auto before = static_cast<std::ptrdiff_t>(edits.size());
  for (std::size_t i = line.size(), j = clean.size(); i > 0 || j > 0;) {
    const std::uint8_t step = steps.at(i, j);
    if (step == kKeep) {
      --i;
      --j;
      continue;
    }
    const auto kind = static_cast<EditKind>(step);
    const std::size_t size = kind == EditKind::kSwap ? 2 : 1;
    Edit edit{kind, {0, place + i}, {0, clean_place + j}};
    if (kind != EditKind::kDelete) i -= size;
    if (kind != EditKind::kInsert) j -= size;
    edit.line.begin = place + i;
    edit.clean.begin = clean_place + j;
    edits.push_back(edit);
  }
  std::reverse(edits.begin() + before, edits.end());
}

}  // namespace

std::vector<Edit> find_edits(std::u32string_view line, std::u32string_view clean) {
  std::vector<Edit> edits;
  append_edits(line, clean, 0, 0, edits);
  return edits;
}

}  // namespace favras::seq2seq
