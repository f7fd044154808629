// How long to wait: twice as long each time, up to the limit, never all at the same moment.
#include "apps/mailer/backoff.h"

#include <set>

#include <boost/test/unit_test.hpp>

namespace favras::mailer {

using std::chrono::milliseconds;

BOOST_AUTO_TEST_CASE(waits_double_up_to_the_limit) {
  const Backoff backoff{milliseconds(1000), milliseconds(10'000)};
  milliseconds whole(1000);
  for (unsigned failures = 1; failures < 100; ++failures) {
    std::set<milliseconds> waits;
    for (int i = 0; i < 50; ++i) {
      const auto now =
          std::chrono::system_clock::time_point(std::chrono::nanoseconds(1'795'827'111'271'398'143 + i));
      const milliseconds wait = backoff.after(failures, now);
      BOOST_TEST((wait >= whole / 2 && wait <= whole));
      BOOST_TEST((wait == backoff.after(failures, now)));
      waits.insert(wait);
    }
    BOOST_TEST(waits.size() > 25u);
    BOOST_TEST((*waits.rbegin() - *waits.begin() > whole / 3));
    whole = std::min(whole * 2, milliseconds(10'000));
  }
}

}  // namespace favras::mailer
