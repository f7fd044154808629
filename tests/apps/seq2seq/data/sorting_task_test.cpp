// The letter-sorting data.
#include "apps/seq2seq/data/sorting_task.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include <boost/test/unit_test.hpp>

#include "tests/apps/seq2seq/data/data_test_support.h"

using namespace favras::seq2seq;

namespace {

// Checks each line and returns the source strings.
std::set<std::string> check_lines(const std::vector<std::string>& lines) {
  std::set<std::string> sources;
  for (const std::string& line : lines) {
    const std::size_t tab = line.find('\t');
    BOOST_REQUIRE(tab >= 1 && tab <= 8);
    const std::string source = line.substr(0, tab);
    BOOST_REQUIRE(std::all_of(source.begin(), source.end(), [](char c) { return c >= 'a' && c <= 'z'; }));
    std::string letters = source;
    std::sort(letters.begin(), letters.end());
    BOOST_REQUIRE_EQUAL(line.substr(tab + 1), letters);
    BOOST_REQUIRE_MESSAGE(sources.insert(source).second, source << " comes twice");
  }
  return sources;
}

}  // namespace

BOOST_AUTO_TEST_CASE(strings_are_distinct_and_none_is_on_both_sides) {
  for (const std::uint64_t seed : {1, 2, 12345}) {
    const SortingData data = make_sorting_data(seed);
    const std::set<std::string> train = check_lines(data.train), held_out = check_lines(data.validation);
    BOOST_CHECK_EQUAL(train.size(), 10'000u);
    BOOST_CHECK_EQUAL(held_out.size(), 1'000u);
    BOOST_CHECK(
        std::none_of(held_out.begin(), held_out.end(), [&](const auto& s) { return train.count(s) != 0; }));
    std::set<char> first_letters;
    for (const std::string& source : held_out) first_letters.insert(source.front());
    BOOST_CHECK_EQUAL(first_letters.size(), 26u);
    BOOST_CHECK_EQUAL(data.vocabulary.characters().size(), 26u);
  }
}

BOOST_AUTO_TEST_CASE(lengths_are_spread_and_held_out_alike) {
  const SortingData data = make_sorting_data(1);
  std::array<int, 9> train{}, held_out{};
  for (const std::string& line : data.train) ++train[line.find('\t')];
  for (const std::string& line : data.validation) ++held_out[line.find('\t')];
  BOOST_CHECK_EQUAL(train[1] + held_out[1], 26);
  for (std::size_t length = 2; length <= 8; ++length) {
    BOOST_CHECK_GT(train[length], 400);
    // A random sample of a tenth of what is in training, within five standard deviations.
    const double expected = (train[length] + held_out[length]) / 11.0;
    BOOST_CHECK_SMALL(held_out[length] - expected, 5 * std::sqrt(expected));
  }
}

BOOST_AUTO_TEST_CASE(the_seed_decides_the_strings) {
  BOOST_CHECK(make_sorting_data(1).train == make_sorting_data(1).train);
  BOOST_CHECK(make_sorting_data(1).train != make_sorting_data(2).train);
}
