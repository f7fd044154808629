#include "apps/seq2seq/decoding/beam.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace favras::seq2seq {

double mean_log_probability(const Decoded& output) {
  const std::vector<float>& all = output.log_probabilities;
  return std::accumulate(all.begin(), all.end(), 0.0) / static_cast<double>(all.size());
}

Beam::Beam(std::size_t width, std::int64_t limit)
    : width_(width), limit_(static_cast<std::size_t>(limit)), beginnings_(1) {}

std::vector<std::size_t> Beam::advance(const std::vector<Continuation>& continuations) {
  std::vector<double> totals;
  for (const Continuation& next : continuations) {
    const double total = beginnings_[next.parent].log_probability + next.log_probability;
    totals.push_back(std::isnan(total) ? -std::numeric_limits<double>::infinity() : total);
  }
  std::vector<std::size_t> order(continuations.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return totals[a] > totals[b]; });
  order.resize(std::min(order.size(), width_ - ended_.size()));

  std::vector<Hypothesis> longer;
  std::vector<std::size_t> parents;
  for (const std::size_t i : order) {
    const Continuation& next = continuations[i];
    Hypothesis hypothesis{beginnings_[next.parent].output, totals[i]};
    Decoded& output = hypothesis.output;
    output.log_probabilities.push_back(next.log_probability);
    if (!ends_line(next.id)) output.ids.push_back(next.id);
    if (ends_line(next.id) || output.ids.size() == limit_) {
      ended_.push_back(std::move(output));
    } else {
      longer.push_back(std::move(hypothesis));
      parents.push_back(next.parent);
    }
  }
  beginnings_ = std::move(longer);
  return parents;
}

std::vector<Decoded> Beam::take_all() {
  const auto rank = [](const Decoded& output) {
    const double mean = mean_log_probability(output);
    return std::isnan(mean) ? -std::numeric_limits<double>::infinity() : mean;
  };
  std::stable_sort(ended_.begin(), ended_.end(),
                   [&](const Decoded& a, const Decoded& b) { return rank(a) > rank(b); });
  return std::move(ended_);
}

}  // namespace favras::seq2seq
