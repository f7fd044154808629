// When something counts as stalled, to the second.
#include "apps/seq2seq/supervisor/stall_watch.h"

#include <boost/test/unit_test.hpp>

namespace favras::seq2seq {

using namespace std::chrono_literals;
using Change = StallWatch::Change;

const auto kStart = StallWatch::Clock::now();

BOOST_AUTO_TEST_CASE(each_stall_is_noticed_once_and_so_is_its_end) {
  StallWatch watch(10s, kStart);
  const auto look = [&](std::uint64_t size, std::chrono::seconds time) {
    return watch.look(size, kStart + time);
  };
  BOOST_TEST((look(0, 9s) == Change::kNone));
  BOOST_TEST((look(0, 10s) == Change::kStalled));  // it has never written anything
  BOOST_TEST((look(0, 30s) == Change::kNone));
  BOOST_TEST(watch.quiet_seconds() == 30.0);
  BOOST_TEST((look(1, 31s) == Change::kGoesOn));
  BOOST_TEST(watch.quiet_seconds() == 31.0);
  BOOST_TEST((look(2, 39s) == Change::kNone));
  BOOST_TEST((look(2, 48s) == Change::kNone));
  BOOST_TEST((look(1, 49s) == Change::kNone));  // cut back when it goes on from a checkpoint
  BOOST_TEST((look(1, 58s) == Change::kNone));
  BOOST_TEST((look(1, 59s) == Change::kStalled));
  BOOST_TEST((look(3, 60s) == Change::kGoesOn));
}

BOOST_AUTO_TEST_CASE(without_a_limit_nothing_stalls) {
  StallWatch watch(0s, kStart);
  BOOST_TEST((watch.look(0, kStart) == Change::kNone));
  BOOST_TEST((watch.look(0, kStart + 1000h) == Change::kNone));
}

}  // namespace favras::seq2seq
