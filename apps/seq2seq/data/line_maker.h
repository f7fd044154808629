// From a line of input to lines of a data set: cleaning, cutting into sentences, and the rules by which
// single lines are dropped.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "apps/seq2seq/data/columns.h"
#include "apps/seq2seq/data/description.h"
#include "apps/seq2seq/data/line_counts.h"

namespace favras::seq2seq {

class LineMaker {
 public:
  using Keep = std::function<void(std::string_view content)>;

  explicit LineMaker(const DataSettings& settings) : settings_(settings) {}

  // Calls keep(content), text or source<TAB>target, for every line made of `line`, and counts those that are
  // dropped. Throws BadLine if it is not UTF-8 (unless such lines are to be skipped) or no pair.
  void operator()(std::string_view line, LineCounts& counts, const Keep& keep) const;

 private:
  void split(std::string_view text, LineCounts& counts, const Keep& keep) const;
  void filter(std::string_view content, LineCounts& counts, const Keep& keep) const;

  const DataSettings settings_;
};

}  // namespace favras::seq2seq
