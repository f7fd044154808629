#include "apps/seq2seq/decoding/combinations.h"

#include <algorithm>

namespace favras::seq2seq {

// Place by place: the best so far with each of what there is here. What is not among the best of some places
// is not so with others, which only add to it.
std::vector<std::vector<std::size_t>> best_combinations(std::span<const std::vector<double>> scores,
                                                        std::size_t most) {
  struct Combination {
    std::vector<std::size_t> choices;
    double sum = 0.0;
  };
  std::vector<Combination> best(1);
  for (const std::vector<double>& here : scores) {
    std::vector<Combination> longer;
    for (const Combination& before : best)
      for (std::size_t choice = 0; choice < std::min(here.size(), most); ++choice) {
        longer.push_back({before.choices, before.sum + here[choice]});
        longer.back().choices.push_back(choice);
      }
    std::stable_sort(longer.begin(), longer.end(),
                     [](const Combination& a, const Combination& b) { return a.sum > b.sum; });
    longer.resize(std::min(longer.size(), most));
    best = std::move(longer);
  }
  std::vector<std::vector<std::size_t>> choices;
  for (Combination& combination : best) choices.push_back(std::move(combination.choices));
  return choices;
}

}  // namespace favras::seq2seq
