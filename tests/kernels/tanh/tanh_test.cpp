#include "kernels/tanh/tanh.h"

#include <boost/test/unit_test.hpp>

#include "tests/support/instruction_sets.h"
#include "tests/support/numbers.h"

namespace favras::kernels {

using namespace favras::test;

namespace {

using AllTypes = std::tuple<float, double, bfloat16>;

// What rounding leaves of a number up to 1; bfloat16 keeps 8 bits.
template <class T>
constexpr double kTolerance = sizeof(T) == 8   ? 1e-15
                              : sizeof(T) == 4 ? 4e-7
                                               : 0x1p-8;

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(forward_and_backward_agree_with_double, T, AllTypes) {
  using A = Accumulate<T>;
  std::vector<std::int64_t> sizes = kSizes;
  sizes.push_back(40'000);  // enough for several threads
  for_each_instruction_set([&] {
    for (const std::int64_t size : sizes)
      for (const int threads : kThreadCounts) {
        cpu::Context context{threads};
        const auto x = normal_numbers<T>(size, 1, 2.0), dy = normal_numbers<T>(size, 2);
        Guarded<T> y(x), dx(dy);
        tanh_forward(context, TanhForward<T>{.size = size, .x = x.data(), .y = y.data()});
        tanh_backward(context,
                      TanhBackward<T>{.size = size, .y = y.data(), .dy = dy.data(), .dx = dx.data()});
        BOOST_TEST((y.intact() && dx.intact()));
        std::vector<double> expected, gradient;
        for (std::int64_t i = 0; i < size; ++i) {
          expected.push_back(std::tanh(static_cast<double>(A(x[i]))));
          gradient.push_back(A(dy[i]) * (1 - A(y[i]) * A(y[i])));
        }
        BOOST_TEST(largest_error(y.numbers(), expected) <= kTolerance<T>);
        BOOST_TEST(largest_error(dx.numbers(), gradient) <= kTolerance<T>);
        tanh_forward(context, TanhForward<T>{.size = size, .x = y.data(), .y = y.data()});  // in place
        for (double& value : expected) value = std::tanh(value);
        BOOST_TEST(largest_error(y.numbers(), expected) <= 2 * kTolerance<T>);
      }
  });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(far_out_it_is_one_and_a_nan_stays, T, AllTypes) {
  using A = Accumulate<T>;
  for_each_instruction_set([&] {
    const std::vector<T> x{kInfinity<T>, kMinusInfinity<T>, T(A(1e30)), T(A(-50)), kNan<T>};
    std::vector<T> y = x;
    cpu::Context context;
    tanh_forward(context, TanhForward<T>{.size = 5, .x = x.data(), .y = y.data()});
    BOOST_TEST((A(y[0]) == 1 && A(y[1]) == -1 && A(y[2]) == 1 && A(y[3]) == -1 && std::isnan(A(y[4]))));
  });
}

}  // namespace favras::kernels
