#include "kernels/elementwise/elementwise.h"

#include <boost/test/unit_test.hpp>

#include "tests/support/instruction_sets.h"
#include "tests/support/numbers.h"

namespace favras::kernels {

using namespace favras::test;

using AllTypes = std::tuple<float, double, bfloat16>;

BOOST_AUTO_TEST_CASE_TEMPLATE(fills, T, AllTypes) {
  for (const std::int64_t size : kSizes) {
    cpu::Context context;
    Guarded<T> x(std::vector<T>(size, kNan<T>));
    fill(context, Fill<T>{.size = size, .value = 1.5, .x = x.data()});
    BOOST_TEST(same_bits(x.numbers(), std::vector<T>(size, T(1.5))));
    BOOST_TEST(x.intact());
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(adds, T, AllTypes) {
  std::vector<std::int64_t> sizes = kSizes;
  sizes.push_back(70'001);  // enough for several threads
  for (const std::int64_t size : sizes)
    for (const int threads : kThreadCounts) {
      cpu::Context context{threads};
      const auto x = normal_numbers<T>(size, 1), before = normal_numbers<T>(size, 2);
      std::vector<T> expected;
      for (std::size_t i = 0; i < x.size(); ++i)
        expected.push_back(T(Accumulate<T>(before[i]) + Accumulate<T>(x[i])));
      Guarded<T> y(before);
      add(context, Add<T>{.size = size, .x = x.data(), .y = y.data()});
      BOOST_TEST(same_bits(y.numbers(), expected));
      BOOST_TEST(y.intact());
    }
}

// Every bfloat16 number, what lies between two of them and the ways around the middle, and the NaNs.
BOOST_AUTO_TEST_CASE(converts_as_bfloat16_itself_does) {
  std::vector<float> wide;
  for (std::uint32_t upper = 0; upper < 0x10000; ++upper)
    for (const std::uint32_t lower : {0x0000u, 0x0001u, 0x7FFFu, 0x8000u, 0x8001u, 0xFFFFu})
      wide.push_back(std::bit_cast<float>(upper << 16 | lower));
  std::vector<bfloat16> expected;
  for (const float number : wide) expected.emplace_back(number);
  std::vector<float> back;
  for (const bfloat16 number : expected) back.push_back(float(number));
  for_each_instruction_set([&] {
    for (const int threads : kThreadCounts) {
      cpu::Context context{threads};
      for (const auto size : {wide.size(), wide.size() - 1, std::size_t{13}, std::size_t{0}}) {
        const auto count = static_cast<std::int64_t>(size);
        Guarded<bfloat16> narrow(std::vector<bfloat16>(size, bfloat16(0.0f)));
        convert(context, Convert<float, bfloat16>{.size = count, .x = wide.data(), .y = narrow.data()});
        BOOST_TEST(same_bits(narrow.numbers(), {expected.begin(), expected.begin() + count}));
        Guarded<float> widened(std::vector<float>(size, 0.0f));
        convert(context, Convert<bfloat16, float>{.size = count, .x = expected.data(), .y = widened.data()});
        BOOST_TEST(same_bits(widened.numbers(), {back.begin(), back.begin() + count}));
        BOOST_TEST((narrow.intact() && widened.intact()));
      }
    }
  });
}

}  // namespace favras::kernels
