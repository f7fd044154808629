#include "kernels/norm/norm.h"

#include <boost/test/unit_test.hpp>

#include "tests/support/instruction_sets.h"
#include "tests/support/numbers.h"

namespace favras::kernels {

using namespace favras::test;

template <class T>
std::vector<T> norm_and_scale(const std::vector<T>& x, T maximum, int threads = 1) {
  cpu::Context context{threads};
  std::vector<T> result(2);
  clip_scale(context, ClipScale<T>{.size = static_cast<std::int64_t>(x.size()),
                                   .x = x.data(),
                                   .maximum = maximum,
                                   .norm = &result[0],
                                   .scale = &result[1]});
  return result;
}

BOOST_AUTO_TEST_CASE_TEMPLATE(agrees_with_a_plain_sum, T, NumberTypes) {
  std::vector<std::int64_t> sizes = kSizes;
  sizes.insert(sizes.end(), {16384, 16385, 100'000});
  for_each_instruction_set([&] {
    for (const std::int64_t size : sizes) {
      const auto x = normal_numbers<T>(size, 1);
      long double sum = 0;
      for (const T value : x) sum += static_cast<long double>(value) * value;
      const auto norm = static_cast<double>(std::sqrt(sum));
      const std::vector<T> one = norm_and_scale(x, T(2));
      BOOST_TEST(largest_error(one, {norm, norm > 2 ? 2 / norm : 1}) <= kEpsilon<T> + 16 * kEpsilon<double>);
      for (const int threads : kThreadCounts) BOOST_TEST(same_bits(norm_and_scale(x, T(2), threads), one));
    }
  });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(clips_only_what_is_too_long, T, NumberTypes) {
  BOOST_TEST(norm_and_scale<T>({3, 4}, T(10))[1] == T(1));
  BOOST_TEST(norm_and_scale<T>({3, 4}, T(5))[1] == T(1));
  BOOST_TEST(norm_and_scale<T>({3, 4}, T(2.5))[1] == T(0.5));
  BOOST_TEST(norm_and_scale<T>({3, 4}, T(0))[1] == T(1));
  BOOST_TEST(norm_and_scale<T>({0, 0}, T(1))[1] == T(1));
}

BOOST_AUTO_TEST_CASE(squares_of_large_floats_do_not_overflow) {
  BOOST_TEST(norm_and_scale<float>({3e30f, 4e30f}, 1.0f)[0] == 5e30f);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(hides_no_nan_and_no_infinity, T, NumberTypes) {
  for_each_instruction_set([] {
    for (const std::size_t at : {0, 17, 99, 20'000}) {
      auto x = normal_numbers<T>(20'001, 1);
      x[at] = kNan<T>;
      BOOST_TEST(all_nan<T>(norm_and_scale(x, T(1))));
      x[at] = -kInfinity<T>;
      BOOST_TEST(norm_and_scale(x, T(1))[0] == kInfinity<T>);
      BOOST_TEST(norm_and_scale(x, T(1))[1] == T(0));
    }
  });
}

}  // namespace favras::kernels
