// The moving average on CUDA against the CPU's.
#include <boost/test/unit_test.hpp>

#include "kernels/moving_average/moving_average.h"
#include "tests/kernels/device_numbers.h"
#include "tests/simt/every_order.h"

namespace favras::kernels {

using namespace favras::test;

namespace {

constexpr int kSteps = 6;

template <class T>
std::vector<T> on_cuda(std::int64_t size, std::size_t shift = 0) {
  const DeviceNumbers<T> average(std::vector<T>(size, kNan<T>), shift);
  for (int step = 1; step <= kSteps; ++step) {
    const DeviceNumbers<T> x(normal_numbers<T>(size, step), shift);
    const simt::DeviceArray<StepState> state(
        std::vector<StepState>{{.step = static_cast<std::uint64_t>(step)}});
    cuda::Context context;
    moving_average(
        context,
        MovingAverage<T>{
            .size = size, .decay = T(0.75), .state = state.data(), .x = x.data(), .average = average.data()});
    BOOST_TEST(x.intact());
  }
  BOOST_TEST(average.intact());
  return average.values();
}

std::vector<double> expected_of(std::int64_t size, auto zero) {
  using T = decltype(zero);
  cpu::Context context;
  std::vector<double> average(size, kNan<double>);
  for (int step = 1; step <= kSteps; ++step) {
    const auto numbers = normal_numbers<T>(size, step);
    const std::vector<double> x(numbers.begin(), numbers.end());
    const StepState state{.step = static_cast<std::uint64_t>(step)};
    moving_average(
        context, MovingAverage<double>{
                     .size = size, .decay = 0.75, .state = &state, .x = x.data(), .average = average.data()});
  }
  return average;
}

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(moving_average_on_cuda_equals_the_cpus, T, NumberTypes) {
  for (const std::int64_t size : {0, 1, 4, 33, kSanitized ? 300 : 10'003})
    for (const std::size_t shift : {0, 1, 3})
      BOOST_TEST(largest_error(on_cuda<T>(size, shift), expected_of(size, T())) < 8 * kEpsilon<T>);
}

BOOST_AUTO_TEST_CASE(moving_average_is_the_same_in_every_order) {
  simt::same_in_every_order([] { return on_cuda<float>(2100); });
}

}  // namespace favras::kernels
