// The norm on CUDA against a plain sum and the CPU's kernel.
#include <boost/test/unit_test.hpp>

#include "kernels/norm/norm.h"
#include "tests/kernels/device_numbers.h"
#include "tests/simt/every_barrier.h"

namespace favras::kernels {

using namespace favras::test;

namespace {

// Norm and scale.
template <class T>
std::vector<T> on_cuda(const std::vector<T>& x, T maximum, std::size_t shift = 0) {
  const DeviceNumbers<T> from(x, shift), result(std::vector<T>(2, kNan<T>));
  const DeviceNumbers<double> partial_sums(std::vector<double>(cuda::kPartialSums, kNan<double>));
  cuda::Context context{.partial_sums = partial_sums.data()};
  clip_scale(context, ClipScale<T>{.size = static_cast<std::int64_t>(x.size()),
                                   .x = from.data(),
                                   .maximum = maximum,
                                   .norm = result.data(),
                                   .scale = result.data() + 1});
  BOOST_TEST((from.intact() && result.intact() && partial_sums.intact()));
  return result.values();
}

template <class T>
std::vector<double> on_cpu(const std::vector<T>& x, T maximum) {
  std::vector<T> result(2);
  cpu::Context context;
  clip_scale(context, ClipScale<T>{.size = static_cast<std::int64_t>(x.size()),
                                   .x = x.data(),
                                   .maximum = maximum,
                                   .norm = &result[0],
                                   .scale = &result[1]});
  return {result[0], result[1]};
}

template <class T>
void check(const std::vector<T>& x, std::size_t shift = 0) {
  long double sum = 0;
  for (const T value : x) sum += static_cast<long double>(value) * value;
  const auto norm = static_cast<double>(std::sqrt(sum));
  const std::vector<T> result = on_cuda(x, T(2), shift);
  BOOST_TEST(largest_error(result, {norm, norm > 2 ? 2 / norm : 1}) <= kEpsilon<T> + 16 * kEpsilon<double>);
  BOOST_TEST(largest_error(result, on_cpu(x, T(2))) <= kEpsilon<T> + 16 * kEpsilon<double>);
}

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(norm_agrees_with_a_plain_sum_and_the_cpu, T, NumberTypes) {
  for (const std::int64_t size : kColumnCounts) check(normal_numbers<T>(size, 1));
  for (const std::int64_t size : {1024, 1025, kSanitized ? 3000 : 100'001}) check(normal_numbers<T>(size, 1));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(norm_takes_any_address, T, NumberTypes) {
  for (const std::size_t shift : {1, 2, 3}) check(normal_numbers<T>(1500, 1), shift);
}

// More elements than the largest grid reads in one turn.
BOOST_AUTO_TEST_CASE(norm_loops_over_what_exceeds_the_grid, *kOnlyUnsanitized) {
  check(normal_numbers<float>(cuda::kPartialSums * 256 + 300, 1), 1);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(clip_scale_on_cuda_clips_only_what_is_too_long, T, NumberTypes) {
  BOOST_TEST(on_cuda<T>({3, 4}, T(10))[1] == T(1));
  BOOST_TEST(on_cuda<T>({3, 4}, T(5))[1] == T(1));
  BOOST_TEST(on_cuda<T>({3, 4}, T(2.5))[1] == T(0.5));
  BOOST_TEST(on_cuda<T>({3, 4}, T(0))[1] == T(1));
  BOOST_TEST(on_cuda<T>({0, 0}, T(1))[1] == T(1));
  BOOST_TEST(same_bits(on_cuda<T>({}, T(1)), {T(0), T(1)}));
}

BOOST_AUTO_TEST_CASE(squares_of_large_floats_do_not_overflow_on_cuda) {
  BOOST_TEST(on_cuda<float>({3e30f, 4e30f}, 1.0f)[0] == 5e30f);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(norm_on_cuda_hides_no_nan_and_no_infinity, T, NumberTypes) {
  for (const std::size_t at : {0, 17, 1099, 3002}) {
    auto x = normal_numbers<T>(3003, 1);
    x[at] = kNan<T>;
    BOOST_TEST(all_nan<T>(on_cuda(x, T(1))));
    x[at] = -kInfinity<T>;
    BOOST_TEST(on_cuda(x, T(1))[0] == kInfinity<T>);
    BOOST_TEST(on_cuda(x, T(1))[1] == T(0));
  }
}

BOOST_AUTO_TEST_CASE(norm_is_the_same_in_every_order) {
  const auto x = normal_numbers<double>(2500, 1);
  simt::same_in_every_order([&] { return on_cuda(x, 1.0); });
}

BOOST_AUTO_TEST_CASE(norm_needs_its_barrier, *kLeavesOutBarriers) {
  const auto x = normal_numbers<double>(2500, 1);
  simt::every_barrier_is_noticed([&] { return simt::bytes(on_cuda(x, 1.0)); }, 1);
}

}  // namespace favras::kernels
