// The hyperbolic tangent and its gradient.
#include "engine/ops/tanh.h"

#include <boost/test/unit_test.hpp>

#include "tests/engine/engine_test_support.h"
#include "tests/support/devices.h"
#include "tests/support/gradcheck.h"
#include "tests/support/numbers.h"

using namespace favras;
using namespace favras::test;

FAVRAS_DEVICE_TEST_CASE(values_and_gradients) {
  for (const Shape& shape : {Shape{}, {0}, {1}, {5, 33}, {2, 3, 31}}) BOOST_TEST_CONTEXT(to_string(shape)) {
      const Tensor x = random_tensor(shape, 1, 2.0);
      std::vector<double> expected = x.to_host<double>();
      for (double& value : expected) value = std::tanh(value);
      BOOST_TEST(largest_error(favras::tanh(moved(Variable(x), device)).value().to_host<double>(), expected) <
                 1e-15);
      const auto f = [&](std::span<const Variable> v) {
        return std::vector{favras::tanh(moved(v[0], device))};
      };
      BOOST_TEST(gradient_error(f, {x}, device) < 1e-6);
    }
}

BOOST_AUTO_TEST_CASE(wrong_arguments_are_named) {
  BOOST_TEST(message_of<std::invalid_argument>([] { favras::tanh(Variable(Tensor({2}, DType::kInt32))); }) ==
             "tanh: x must be float32, float64 or bfloat16, got int32");
}
