#include "kernels/moving_average/moving_average.h"

#include <boost/test/unit_test.hpp>

#include "tests/support/numbers.h"

namespace favras::kernels {

using namespace favras::test;

namespace {

template <class T>
std::vector<T> run(std::int64_t size, int steps, double decay, int threads) {
  cpu::Context context{threads};
  Guarded<T> average(std::vector<T>(size, kNan<T>));
  for (int step = 1; step <= steps; ++step) {
    const StepState state{.step = static_cast<std::uint64_t>(step)};
    const auto x = normal_numbers<T>(size, step);
    moving_average(context, MovingAverage<T>{.size = size,
                                             .decay = static_cast<T>(decay),
                                             .state = &state,
                                             .x = x.data(),
                                             .average = average.data()});
  }
  BOOST_TEST(average.intact());
  return average.numbers();
}

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(it_is_the_mean_of_the_first_steps, T, NumberTypes) {
  for (const std::int64_t size : {0, 1, 33, 40'000}) {
    std::vector<double> mean(size);
    for (int step = 1; step <= 5; ++step) {
      const auto x = normal_numbers<T>(size, step);
      for (std::size_t i = 0; i < mean.size(); ++i) mean[i] += x[i] / 5.0;
    }
    BOOST_TEST(largest_error(run<T>(size, 5, 0.9, 1), mean) < 8 * kEpsilon<T>);
    for (const int threads : kThreadCounts)
      BOOST_TEST(same_bits(run<T>(size, 5, 0.9, threads), run<T>(size, 5, 0.9, 1)));
  }
}

// From step 1 / (1 - decay) on a step weighs as much as the decay says.
BOOST_AUTO_TEST_CASE_TEMPLATE(then_it_decays, T, NumberTypes) {
  const double decay = 0.75;
  std::vector<double> expected = widened(normal_numbers<double>(33, 1));
  for (int step = 1; step <= 20; ++step) {
    const auto x = normal_numbers<T>(33, step);
    for (std::size_t i = 0; i < expected.size(); ++i)
      expected[i] += std::max(1 - decay, 1.0 / step) * (x[i] - expected[i]);
  }
  BOOST_TEST(largest_error(run<T>(33, 20, decay, 2), expected) < 16 * kEpsilon<T>);
  BOOST_TEST(largest_error(run<T>(33, 20, 0.0, 2), {[] {
                             const auto last = normal_numbers<T>(33, 20);
                             return std::vector<double>(last.begin(), last.end());
                           }()}) < 2 * kEpsilon<T>);
}

}  // namespace favras::kernels
