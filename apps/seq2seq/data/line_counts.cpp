#include "apps/seq2seq/data/line_counts.h"

#include <vector>

namespace favras::seq2seq {

LineCounts& LineCounts::operator+=(const LineCounts& part) {
  std::vector<std::uint64_t> addends;
  const auto keep = [&](const char*, std::uint64_t count) { addends.push_back(count); };
  for_each_total(part, keep);
  for_each_rule(part, keep);
  auto next = addends.begin();
  const auto add = [&](const char*, std::uint64_t& count) { count += *next++; };
  for_each_total(*this, add);
  for_each_rule(*this, add);
  return *this;
}

}  // namespace favras::seq2seq
