// Beam search of one line over made-up probabilities: what a search of all outputs finds, and the order of
// equals.
#include "apps/seq2seq/decoding/beam.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <random>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

#include "apps/seq2seq/data/vocabulary.h"

namespace favras::seq2seq {

namespace {

constexpr std::int32_t kA = kSpecialTokens, kB = kSpecialTokens + 1;

// log p(id | beginning) for every beginning that can be met.
using Table = std::map<Ids, std::map<std::int32_t, float>>;

// Everything that two letters can make, with random probabilities.
Table random_table(std::size_t limit, unsigned seed) {
  std::mt19937 generator(seed);
  std::exponential_distribution<double> weight;
  Table table;
  std::vector<Ids> beginnings{{}};
  for (std::size_t i = 0; i < beginnings.size(); ++i) {
    const Ids beginning = beginnings[i];
    std::map<std::int32_t, double> weights;
    double sum = 0.0;
    for (const std::int32_t id : {kEos, kA, kB}) sum += weights[id] = weight(generator);
    for (const auto& [id, share] : weights) table[beginning][id] = static_cast<float>(std::log(share / sum));
    for (const std::int32_t id : {kA, kB}) {
      if (beginning.size() + 1 == limit) continue;
      beginnings.push_back(beginning);
      beginnings.back().push_back(id);
    }
  }
  return table;
}

// Every output that the table allows.
std::vector<Decoded> all_outputs(const Table& table, std::size_t limit) {
  std::vector<Decoded> growing{{}}, outputs;
  while (!growing.empty()) {
    const Decoded beginning = growing.back();
    growing.pop_back();
    for (const auto& [id, log_probability] : table.at(beginning.ids)) {
      Decoded longer = beginning;
      longer.log_probabilities.push_back(log_probability);
      if (!ends_line(id)) longer.ids.push_back(id);
      (ends_line(id) || longer.ids.size() == limit ? outputs : growing).push_back(longer);
    }
  }
  return outputs;
}

std::vector<Decoded> search_all(const Table& table, std::size_t width, std::size_t limit) {
  Beam beam(width, static_cast<std::int64_t>(limit));
  std::vector<Ids> beginnings{{}};
  while (beam.size() > 0) {
    RC_ASSERT(beam.size() <= width);
    std::vector<Beam::Continuation> continuations;
    for (std::size_t parent = 0; parent < beginnings.size(); ++parent)
      for (const auto& [id, log_probability] : table.at(beginnings[parent]))
        continuations.push_back({parent, id, log_probability});
    std::vector<Ids> longer;
    for (const std::size_t parent : beam.advance(continuations)) longer.push_back(beginnings.at(parent));
    BOOST_REQUIRE(longer.size() == beam.size());
    for (std::size_t i = 0; i < longer.size(); ++i) longer[i].push_back(beam.last(i));
    beginnings = longer;
  }
  return beam.take_all();
}

Decoded search(const Table& table, std::size_t width, std::size_t limit) {
  return search_all(table, width, limit).front();
}

bool same(const Decoded& a, const Decoded& b) {
  return a.ids == b.ids && a.log_probabilities == b.log_probabilities;
}

float log_of(double probability) { return static_cast<float>(std::log(probability)); }

}  // namespace

BOOST_AUTO_TEST_CASE(outputs_are_compared_by_their_mean) {
  BOOST_TEST(mean_log_probability({{kA, kB}, {-1.0f, -2.0f, -6.0f}}) == -3.0);
  BOOST_TEST(mean_log_probability({{kA, kB}, {-1.0f, -2.0f}}) == -1.5);  // cut, so without an end
  BOOST_TEST(mean_log_probability({{}, {-0.25f}}) == -0.25);
}

BOOST_AUTO_TEST_CASE(a_beam_that_holds_everything_finds_the_best_of_all) {
  BOOST_TEST(rc::check("brute force", [] {
    const auto limit = *rc::gen::inRange<std::size_t>(1, 5);
    const Table table = random_table(limit, *rc::gen::arbitrary<unsigned>());
    const std::vector<Decoded> outputs = all_outputs(table, limit);
    const Decoded* best = &outputs.front();
    for (const Decoded& output : outputs)
      if (mean_log_probability(output) > mean_log_probability(*best)) best = &output;
    RC_ASSERT(same(search(table, outputs.size(), limit), *best));
  }));
}

BOOST_AUTO_TEST_CASE(all_outputs_come_the_best_first) {
  BOOST_TEST(rc::check("order", [] {
    const auto limit = *rc::gen::inRange<std::size_t>(1, 5);
    const auto width = *rc::gen::inRange<std::size_t>(1, 12);
    const Table table = random_table(limit, *rc::gen::arbitrary<unsigned>());
    const std::vector<Decoded> possible = all_outputs(table, limit), found = search_all(table, width, limit);
    RC_ASSERT(found.size() <= width);
    RC_ASSERT(width < possible.size() || found.size() == possible.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
      if (i > 0) RC_ASSERT(mean_log_probability(found[i - 1]) >= mean_log_probability(found[i]));
      RC_ASSERT(std::count_if(found.begin(), found.end(),
                              [&](const Decoded& other) { return same(other, found[i]); }) == 1);
      RC_ASSERT(std::any_of(possible.begin(), possible.end(),
                            [&](const Decoded& output) { return same(output, found[i]); }));
    }
  }));
}

BOOST_AUTO_TEST_CASE(a_beam_of_one_takes_the_most_probable_each_time) {
  BOOST_TEST(rc::check("greedy", [] {
    const Table table = random_table(4, *rc::gen::arbitrary<unsigned>());
    Decoded greedy;
    for (bool ended = false; !ended;) {
      auto best = table.at(greedy.ids).begin();
      for (auto it = best; it != table.at(greedy.ids).end(); ++it)
        if (it->second > best->second) best = it;
      greedy.log_probabilities.push_back(best->second);
      if (!ends_line(best->first)) greedy.ids.push_back(best->first);
      ended = ends_line(best->first) || greedy.ids.size() == 4;
    }
    RC_ASSERT(same(search(table, 1, 4), greedy));
  }));
}

// "a" begins better, but "b" goes on better.
BOOST_AUTO_TEST_CASE(a_beam_of_two_gets_past_a_better_beginning) {
  const Table table{{{}, {{kEos, log_of(0.1)}, {kA, log_of(0.5)}, {kB, log_of(0.4)}}},
                    {{kA}, {{kEos, log_of(0.3)}, {kA, log_of(0.35)}, {kB, log_of(0.35)}}},
                    {{kB}, {{kEos, log_of(0.9)}, {kA, log_of(0.05)}, {kB, log_of(0.05)}}}};
  BOOST_TEST(search(table, 1, 2).ids == (Ids{kA, kA}), boost::test_tools::per_element());
  BOOST_TEST(search(table, 2, 2).ids == (Ids{kB}), boost::test_tools::per_element());
}

// The sum prefers the line that ends at once, 0.4 to 0.36; the mean the longer one.
BOOST_AUTO_TEST_CASE(a_long_output_is_not_worse_for_being_long) {
  const Table table{{{}, {{kEos, log_of(0.4)}, {kA, log_of(0.6)}}},
                    {{kA}, {{kEos, log_of(0.6)}, {kA, log_of(0.4)}}}};
  BOOST_TEST(search(table, 2, 2).ids == (Ids{kA}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(of_equals_the_earlier_one_lives) {
  Beam beam(2, 9);
  const float half = log_of(0.5);
  BOOST_TEST(beam.advance({{0, kB, half}, {0, kA, half}}) == (std::vector<std::size_t>{0, 0}),
             boost::test_tools::per_element());
  BOOST_TEST(beam.last(0) == kB);
  BOOST_TEST(beam.last(1) == kA);
  BOOST_TEST(beam.advance({{0, kA, half}, {0, kB, half}, {1, kA, half}, {1, kB, half}}) ==
                 (std::vector<std::size_t>{0, 0}),
             boost::test_tools::per_element());
  BOOST_TEST(beam.advance({{0, kEos, half}, {1, kGo, half}}).empty());
  BOOST_TEST(beam.size() == 0u);
  const std::vector<Decoded> outputs = beam.take_all();
  BOOST_TEST_REQUIRE(outputs.size() == 2u);
  BOOST_TEST(outputs[0].ids == (Ids{kB, kA}), boost::test_tools::per_element());
  BOOST_TEST(outputs[1].ids == (Ids{kB, kB}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(many_equals_keep_their_order) {
  Beam beam(50, 9);
  std::vector<Beam::Continuation> all;
  for (std::int32_t id = kA; id < kA + 100; ++id) all.push_back({0, id, -1.0f});
  BOOST_TEST(beam.advance(all).size() == 50u);
  for (std::size_t i = 0; i < 50; ++i) BOOST_TEST(beam.last(i) == kA + static_cast<std::int32_t>(i));
}

// What a broken model gives is no reason to fall over: those that are numbers live.
BOOST_AUTO_TEST_CASE(what_is_not_a_number_comes_last) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  Beam beam(1, 9);
  beam.advance({{0, kA, kNan}, {0, kB, -50.0f}});
  BOOST_TEST(beam.last(0) == kB);
  beam.advance({{0, kEos, kNan}});
  BOOST_TEST(beam.take_all().front().ids == (Ids{kB}), boost::test_tools::per_element());
}

}  // namespace favras::seq2seq
