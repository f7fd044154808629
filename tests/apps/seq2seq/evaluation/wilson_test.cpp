// Wilson's intervals against published ones, and what must hold for any counts.
#include "apps/seq2seq/evaluation/wilson.h"

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

namespace favras::seq2seq {

// R. G. Newcombe, "Two-sided confidence intervals for the single proportion: comparison of seven methods",
// Statistics in Medicine 17 (1998), table I, method 3: four decimals.
BOOST_AUTO_TEST_CASE(published_intervals) {
  const struct {
    std::uint64_t part, whole;
    Interval interval;
  } published[] = {{81, 263, {0.2553, 0.3662}},
                   {15, 148, {0.0624, 0.1605}},
                   {0, 20, {0.0, 0.1611}},
                   {1, 29, {0.0061, 0.1718}}};
  for (const auto& [part, whole, expected] : published) {
    const auto [low, high] = wilson_interval(part, whole);
    BOOST_TEST(std::abs(low - expected.low) <= 0.5e-4, part << " of " << whole << ": from " << low);
    BOOST_TEST(std::abs(high - expected.high) <= 0.5e-4, part << " of " << whole << ": to " << high);
  }
}

BOOST_AUTO_TEST_CASE(of_nothing_there_is_no_interval) {
  BOOST_TEST(std::isnan(wilson_interval(0, 0).low));
  BOOST_TEST(std::isnan(wilson_interval(0, 0).high));
}

// By definition its ends are the shares of which what was seen is 1.96 standard deviations away.
BOOST_AUTO_TEST_CASE(its_ends_solve_the_equation_they_come_from) {
  BOOST_TEST(rc::check("ends", [] {
    const auto whole = *rc::gen::inRange<std::uint64_t>(1, 1'000'000);
    const auto part = *rc::gen::inRange<std::uint64_t>(0, whole + 1);
    const auto n = static_cast<double>(whole), share = static_cast<double>(part) / n;
    const auto [low, high] = wilson_interval(part, whole);
    RC_ASSERT(0.0 <= low && low <= share && share <= high && high <= 1.0 && low < high);
    for (const double end : {low, high})
      RC_ASSERT(std::abs(std::pow(share - end, 2) - 3.841458820694124 * end * (1 - end) / n) < 1e-12);
    const auto other = wilson_interval(whole - part, whole);
    RC_ASSERT(std::abs(other.low - (1 - high)) < 1e-12 && std::abs(other.high - (1 - low)) < 1e-12);
  }));
}

}  // namespace favras::seq2seq
