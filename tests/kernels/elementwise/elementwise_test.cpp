#include "kernels/elementwise/elementwise.h"

#include <boost/test/unit_test.hpp>

#include "tests/support/numbers.h"

namespace favras::kernels {

using namespace favras::test;

BOOST_AUTO_TEST_CASE_TEMPLATE(fills, T, NumberTypes) {
  for (const std::int64_t size : kSizes) {
    cpu::Context context;
    Guarded<T> x(std::vector<T>(size, kNan<T>));
    fill(context, Fill<T>{.size = size, .value = T(1.5), .x = x.data()});
    BOOST_TEST(same_bits(x.numbers(), std::vector<T>(size, T(1.5))));
    BOOST_TEST(x.intact());
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(adds, T, NumberTypes) {
  std::vector<std::int64_t> sizes = kSizes;
  sizes.push_back(70'001);  // enough for several threads
  for (const std::int64_t size : sizes)
    for (const int threads : kThreadCounts) {
      cpu::Context context{threads};
      const auto x = normal_numbers<T>(size, 1), before = normal_numbers<T>(size, 2);
      std::vector<T> expected;
      for (std::size_t i = 0; i < x.size(); ++i) expected.push_back(before[i] + x[i]);
      Guarded<T> y(before);
      add(context, Add<T>{.size = size, .x = x.data(), .y = y.data()});
      BOOST_TEST(same_bits(y.numbers(), expected));
      BOOST_TEST(y.intact());
    }
}

}  // namespace favras::kernels
