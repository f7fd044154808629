// The hyperbolic tangent on CUDA against double.
#include <boost/test/unit_test.hpp>

#include "kernels/tanh/tanh.h"
#include "tests/kernels/device_numbers.h"
#include "tests/simt/every_order.h"

namespace favras::kernels {

using namespace favras::test;

namespace {

template <class T>
constexpr double kTolerance = sizeof(T) == 8   ? 1e-15
                              : sizeof(T) == 4 ? 4e-7
                                               : 0x1p-8;

template <class T>
struct Result {
  std::vector<T> y, dx;
};

template <class T>
Result<T> on_cuda(std::int64_t size, std::size_t shift = 0) {
  const DeviceNumbers<T> x(normal_numbers<T>(size, 1, 2.0), shift), dy(normal_numbers<T>(size, 2), shift);
  const DeviceNumbers<T> y(std::vector<T>(size, kNan<T>), shift), dx(std::vector<T>(size, kNan<T>), shift);
  cuda::Context context;
  tanh_forward(context, TanhForward<T>{.size = size, .x = x.data(), .y = y.data()});
  tanh_backward(context, TanhBackward<T>{.size = size, .y = y.data(), .dy = dy.data(), .dx = dx.data()});
  BOOST_TEST((x.intact() && y.intact() && dy.intact() && dx.intact()));
  return {y.values(), dx.values()};
}

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(tanh_on_cuda_agrees_with_double, T, CudaTypes) {
  using A = Accumulate<T>;
  for (const std::int64_t size : {0, 1, 7, 33, kSanitized ? 300 : 10'003})
    for (const std::size_t shift : {0, 1}) {
      const auto x = normal_numbers<T>(size, 1, 2.0), dy = normal_numbers<T>(size, 2);
      const Result<T> result = on_cuda<T>(size, shift);
      std::vector<double> y, dx;
      for (std::int64_t i = 0; i < size; ++i) {
        y.push_back(std::tanh(static_cast<double>(A(x[i]))));
        dx.push_back(A(dy[i]) * (1 - A(result.y[i]) * A(result.y[i])));
      }
      BOOST_TEST(largest_error(result.y, y) <= kTolerance<T>);
      BOOST_TEST(largest_error(result.dx, dx) <= kTolerance<T>);
    }
}

BOOST_AUTO_TEST_CASE(tanh_is_the_same_in_every_order) {
  simt::same_in_every_order([] { return on_cuda<float>(2100).dx; });
}

}  // namespace favras::kernels
