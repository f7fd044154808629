// Ticks: round numbers, evenly spaced, around the values, and labels that tell them apart.
#include "apps/seq2seq/plot/ticks.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <string>

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

namespace favras::plot {

namespace {

std::vector<std::string> labels(const Ticks& ticks) {
  std::vector<std::string> all;
  for (std::size_t i = 0; i < ticks.at.size(); ++i)
    if (ticks.labelled[i]) all.push_back(tick_label(ticks.at[i], ticks.step));
  return all;
}

// Numbers of any size, each of them in hundredths of a power of ten.
rc::Gen<double> any_number() {
  return rc::gen::map(rc::gen::pair(rc::gen::inRange(1, 10'000), rc::gen::inRange(-8, 8)),
                      [](auto parts) { return parts.first / 100.0 * std::pow(10.0, parts.second); });
}

using Texts = std::vector<std::string>;

}  // namespace

BOOST_AUTO_TEST_CASE(linear_ticks_are_round_and_hold_the_values) {
  BOOST_TEST(rc::check([] {
    const double a = *any_number(), b = *any_number();
    const bool negative = *rc::gen::arbitrary<bool>();
    const double low = negative ? -a : std::min(a, b), high = negative ? b : std::max(a, b);
    const Ticks ticks = linear_ticks(low, high, 6);
    RC_ASSERT(ticks.low <= low + 1e-5 * ticks.step);
    RC_ASSERT(ticks.high >= high - 1e-5 * ticks.step);
    RC_ASSERT(ticks.at.size() >= 3u);
    RC_ASSERT(ticks.at.size() <= 9u);
    RC_ASSERT(ticks.labelled.size() == ticks.at.size());
    RC_ASSERT(ticks.at.front() == ticks.low);
    RC_ASSERT(ticks.at.back() == ticks.high);
    const double digit = ticks.step / std::pow(10.0, std::floor(std::log10(ticks.step) + 1e-9));
    RC_ASSERT(std::abs(digit - 1) < 1e-6 || std::abs(digit - 2) < 1e-6 || std::abs(digit - 5) < 1e-6);
    const Texts texts = labels(ticks);
    RC_ASSERT(std::set(texts.begin(), texts.end()).size() == texts.size());
  }));
}

BOOST_AUTO_TEST_CASE(labels_of_tiny_steps_tell_ticks_apart) {
  const Texts texts = labels(linear_ticks(1.235e-07, 1.265e-07, 6));
  BOOST_TEST(texts.front() == "1.235e-7");
  BOOST_TEST(texts.back() == "1.265e-7");
  BOOST_TEST(std::set(texts.begin(), texts.end()).size() == texts.size());
}

BOOST_AUTO_TEST_CASE(linear_ticks_begin_at_zero_where_it_is_near) {
  BOOST_TEST((labels(linear_ticks(0.3, 3.2, 6)) == Texts{"0", "1", "2", "3", "4"}));
  BOOST_TEST((labels(linear_ticks(90, 99, 6)) == Texts{"90", "92", "94", "96", "98", "100"}));
  BOOST_TEST((labels(linear_ticks(-3, -1, 6)) == Texts{"-3.0", "-2.5", "-2.0", "-1.5", "-1.0", "-0.5", "0"}));
  BOOST_TEST((labels(linear_ticks(2, 2, 4)) == Texts{"0", "0.5", "1.0", "1.5", "2.0"}));
  BOOST_TEST((labels(linear_ticks(0, 0, 2)) == Texts{"0", "0.5", "1.0"}));
}

BOOST_AUTO_TEST_CASE(logarithmic_ticks_hold_the_values) {
  BOOST_TEST(rc::check([] {
    const double a = *any_number(), b = *any_number();
    const double low = std::min(a, b), high = std::max(a, b);
    const Ticks ticks = log_ticks(low, high);
    RC_ASSERT(ticks.low < ticks.high);
    RC_ASSERT(ticks.low <= low * (1 + 1e-6));
    RC_ASSERT(ticks.high >= high * (1 - 1e-6));
    RC_ASSERT(ticks.low * 2.6 > low || ticks.at[1] > low);  // and little more
    RC_ASSERT(std::is_sorted(ticks.at.begin(), ticks.at.end()));
    const Texts texts = labels(ticks);
    RC_ASSERT(texts.size() <= 10u);
    RC_ASSERT(std::set(texts.begin(), texts.end()).size() == texts.size());
  }));
}

BOOST_AUTO_TEST_CASE(logarithmic_ticks_are_labelled_while_there_is_room) {
  BOOST_TEST((labels(log_ticks(0.03, 2.5)) == Texts{"0.02", "0.05", "0.1", "0.2", "0.5", "1", "2", "5"}));
  BOOST_TEST((labels(log_ticks(0.004, 3e3)) == Texts{"0.01", "0.1", "1", "10", "100", "1,000"}));
  BOOST_TEST((labels(log_ticks(1e-9, 1e9)).size() < 10u));
  BOOST_TEST((labels(log_ticks(1, 1)) == Texts{"1", "2"}));
}

BOOST_AUTO_TEST_CASE(labels_have_the_digits_that_they_need) {
  BOOST_TEST(tick_label(0.30000000000000004, 0.1) == "0.3");
  BOOST_TEST(tick_label(1234567, 1) == "1,234,567");
  BOOST_TEST(tick_label(1234567890, 1) == "1,234,567,890");
  BOOST_TEST(tick_label(-1234.5, 0.5) == "-1,234.5");
  BOOST_TEST(tick_label(123, 1) == "123");
  BOOST_TEST(tick_label(1e-17, 0.1) == "0");
  BOOST_TEST(tick_label(0.0005, 0.0001) == "0.0005");
  BOOST_TEST(tick_label(5e-5, 1e-5) == "5e-5");
  BOOST_TEST(tick_label(2e12, 1e12) == "2e12");
}

}  // namespace favras::plot
