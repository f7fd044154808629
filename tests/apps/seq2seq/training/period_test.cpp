// How often: batches or times, as people write them.
#include "apps/seq2seq/training/period.h"

#include <string>

#include <boost/test/unit_test.hpp>

namespace favras::seq2seq {
namespace {

BOOST_AUTO_TEST_CASE(batches_and_times) {
  BOOST_TEST((parse_period("100") == Period{.batches = 100}));
  BOOST_TEST((parse_period("0") == Period{}));
  BOOST_TEST((parse_period("90s") == Period{.seconds = 90}));
  BOOST_TEST((parse_period("10m") == Period{.seconds = 600}));
  BOOST_TEST((parse_period("6h") == Period{.seconds = 21600}));
  BOOST_TEST((parse_period("0m") == Period{}));
}

BOOST_AUTO_TEST_CASE(what_is_neither) {
  for (const std::string text : {"", "m", "10 m", "10M", "1.5h", "-1", "10min", "1d", "99999999999",
                                 "1073741824h", "10m ", " 10m", "+5"})
    BOOST_TEST(!parse_period(text).has_value(), text);
}

BOOST_AUTO_TEST_CASE(it_is_written_as_it_is_read) {
  for (const std::string text : {"0", "1", "100", "1s", "59s", "61s", "1m", "90m", "1h", "48h"})
    BOOST_TEST(fmt::format("{}", *parse_period(text)) == text);
  BOOST_TEST(format_period(*parse_period("60s")) == "1m");
  BOOST_TEST(format_period(*parse_period("120m")) == "2h");
}

BOOST_AUTO_TEST_CASE(which_period_a_moment_lies_in) {
  const Period batches{.batches = 10}, minutes{.seconds = 60};
  BOOST_TEST(batches.index(9, 1e9) == 0u);
  BOOST_TEST(batches.index(10, 0) == 1u);
  BOOST_TEST(batches.index(29, 0) == 2u);
  BOOST_TEST(minutes.index(1000, 59.9) == 0u);
  BOOST_TEST(minutes.index(1, 60.0) == 1u);
  BOOST_TEST(minutes.index(1, 200.0) == 3u);
  BOOST_TEST(Period{}.never());
  BOOST_TEST(!batches.never());
  BOOST_TEST(!minutes.never());
}

}  // namespace
}  // namespace favras::seq2seq
