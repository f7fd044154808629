// Shapes, element types and refusals; which column wins is the kernel's affair, and tested there.
#include "engine/ops/argmax.h"

#include <boost/test/unit_test.hpp>

#include "tests/engine/engine_test_support.h"
#include "tests/support/devices.h"
#include "tests/support/gradcheck.h"
#include "tests/support/numbers.h"

using namespace favras;
using namespace favras::test;

BOOST_TEST_GLOBAL_FIXTURE(OneThread);

namespace {

template <class T>
void check_rows(const Shape& shape, Device device) {
  const std::vector<double> wide = random_tensor(shape, 1).to_host<double>();
  std::vector<T> numbers;
  for (const double number : wide) numbers.push_back(T(static_cast<Accumulate<T>>(number)));
  const auto columns = static_cast<std::size_t>(shape.back());
  std::vector<std::int32_t> expected;
  for (std::size_t first = 0; first < numbers.size(); first += columns) {
    std::int32_t best = 0;
    for (std::size_t c = 1; c < columns; ++c)
      if (Accumulate<T>(numbers[first + c]) > Accumulate<T>(numbers[first + best]))
        best = static_cast<std::int32_t>(c);
    expected.push_back(best);
  }
  const Tensor index = argmax(Tensor::from(numbers, shape, device));
  BOOST_TEST((index.device() == device));
  BOOST_TEST(index.shape() == Shape(shape.begin(), shape.end() - 1), boost::test_tools::per_element());
  BOOST_TEST(index.to_host<std::int32_t>() == expected, boost::test_tools::per_element());
}

}  // namespace

FAVRAS_DEVICE_TEST_CASE(finds_the_largest_of_every_row) {
  for (const Shape& shape : {Shape{1}, {33}, {5, 1}, {7, 32}, {2, 3, 31}, {0, 4}, {2, 2, 3, 129}})
    BOOST_TEST_CONTEXT(to_string(shape)) {
      check_rows<float>(shape, device);
      check_rows<double>(shape, device);
      check_rows<bfloat16>(shape, device);
    }
}

FAVRAS_DEVICE_TEST_CASE(the_first_of_equals_and_the_first_nan_win) {
  const std::vector<double> x{1, 3, 3, 2, /**/ 7, double(INFINITY), NAN, NAN, /**/ -2, -2, -2, -2};
  BOOST_TEST(
      argmax(Tensor::from(x, {3, 4}, device)).to_host<std::int32_t>() == (std::vector<std::int32_t>{1, 2, 0}),
      boost::test_tools::per_element());
}

FAVRAS_DEVICE_TEST_CASE(wrong_arguments_are_named) {
  const auto message = [&](Shape shape, DType dtype) {
    return message_of<std::invalid_argument>([&] { argmax(Tensor(shape, dtype, device)); });
  };
  BOOST_TEST(message({}, DType::kFloat32) == "argmax: rows of x must hold something, got []");
  BOOST_TEST(message({3, 0}, DType::kFloat32) == "argmax: rows of x must hold something, got [3, 0]");
  BOOST_TEST(message({3}, DType::kInt32) == "argmax: x must be float32, float64 or bfloat16, got int32");
}
