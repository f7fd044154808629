// The best ways to choose, against trying them all.
#include "apps/seq2seq/decoding/combinations.h"

#include <algorithm>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

namespace favras::seq2seq {

namespace {

using Choices = std::vector<std::size_t>;

double sum_of(const std::vector<std::vector<double>>& scores, const Choices& choices) {
  double sum = 0.0;
  for (std::size_t i = 0; i < choices.size(); ++i) sum += scores[i].at(choices[i]);
  return sum;
}

// In no order.
std::vector<Choices> all(const std::vector<std::vector<double>>& scores) {
  std::vector<Choices> combinations(1);
  for (const auto& here : scores) {
    std::vector<Choices> longer;
    for (const Choices& before : combinations)
      for (std::size_t choice = 0; choice < here.size(); ++choice) {
        longer.push_back(before);
        longer.back().push_back(choice);
      }
    combinations = longer;
  }
  return combinations;
}

}  // namespace

BOOST_AUTO_TEST_CASE(nothing_to_choose_is_one_way) {
  BOOST_TEST((best_combinations({}, 5) == std::vector<Choices>{{}}));
  const std::vector<std::vector<double>> single{{-1.0}, {-2.0}};
  BOOST_TEST((best_combinations(single, 5) == std::vector<Choices>{{0, 0}}));
}

BOOST_AUTO_TEST_CASE(the_best_are_those_of_all) {
  BOOST_TEST(rc::check("brute force", [] {
    std::vector<std::vector<double>> scores(*rc::gen::inRange<std::size_t>(0, 5));
    for (auto& here : scores) {
      here.resize(*rc::gen::inRange<std::size_t>(1, 5));
      for (double& score : here)
        score = *rc::gen::inRange(-6, 0);  // small numbers: sums are exact, many equal
      std::sort(here.rbegin(), here.rend());
    }
    const auto most = *rc::gen::inRange<std::size_t>(1, 30);
    const std::vector<Choices> best = best_combinations(scores, most);
    std::vector<double> sums;
    for (const Choices& choices : all(scores)) sums.push_back(sum_of(scores, choices));
    std::sort(sums.rbegin(), sums.rend());
    RC_ASSERT(best.size() == std::min(most, sums.size()));
    for (std::size_t i = 0; i < best.size(); ++i) {
      RC_ASSERT(best[i].size() == scores.size());
      RC_ASSERT(sum_of(scores, best[i]) == sums[i]);
      RC_ASSERT(std::count(best.begin(), best.end(), best[i]) == 1);
    }
    RC_ASSERT(best.front() == Choices(scores.size(), 0));
  }));
}

}  // namespace favras::seq2seq
