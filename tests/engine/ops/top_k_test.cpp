// Shapes, element types and refusals; what goes first is the kernel's affair, and tested there.
#include "engine/ops/top_k.h"

#include <algorithm>
#include <numeric>

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
void check_rows(const Shape& shape, std::int64_t k, Device device) {
  const std::vector<double> wide = random_tensor(shape, 1).to_host<double>();
  std::vector<T> numbers;
  for (const double number : wide) numbers.push_back(T(static_cast<Accumulate<T>>(number)));
  const auto columns = static_cast<std::size_t>(shape.back());
  std::vector<Accumulate<T>> values;
  std::vector<std::int32_t> indices;
  for (std::size_t first = 0; first < numbers.size(); first += columns) {
    const auto at = [&](std::int32_t column) { return Accumulate<T>(numbers[first + column]); };
    std::vector<std::int32_t> order(columns);
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return at(a) > at(b); });
    for (std::int64_t i = 0; i < k; ++i) {
      indices.push_back(order[i]);
      values.push_back(at(order[i]));
    }
  }
  const TopK found = top_k(Tensor::from(numbers, shape, device), k);
  Shape expected = shape;
  expected.back() = k;
  for (const Tensor& tensor : {found.values, found.indices}) {
    BOOST_TEST((tensor.device() == device));
    BOOST_TEST(tensor.shape() == expected, boost::test_tools::per_element());
  }
  BOOST_TEST(found.values.to_host<Accumulate<T>>() == values, boost::test_tools::per_element());
  BOOST_TEST(found.indices.to_host<std::int32_t>() == indices, boost::test_tools::per_element());
}

}  // namespace

FAVRAS_DEVICE_TEST_CASE(finds_the_largest_of_every_row) {
  for (const Shape& shape : {Shape{1}, {33}, {5, 1}, {7, 32}, {2, 3, 31}, {0, 4}, {2, 2, 3, 129}})
    for (const std::int64_t k : {1, 3, 64}) BOOST_TEST_CONTEXT(to_string(shape) << " k " << k) {
        if (k > shape.back()) continue;
        check_rows<float>(shape, k, device);
        check_rows<double>(shape, k, device);
        check_rows<bfloat16>(shape, k, device);
      }
}

FAVRAS_DEVICE_TEST_CASE(wrong_arguments_are_named) {
  const auto message = [&](Shape shape, DType dtype, std::int64_t k) {
    return message_of<std::invalid_argument>([&] { top_k(Tensor(shape, dtype, device), k); });
  };
  const std::string range = "it must be at least 1, at most 64 and at most the columns";
  BOOST_TEST(message({}, DType::kFloat32, 1) == "top_k: x must have rows, got []");
  BOOST_TEST(message({2, 3, 5}, DType::kFloat32, 0) == "top_k: k is 0 for x [6, 5]: " + range);
  BOOST_TEST(message({5}, DType::kFloat64, 6) == "top_k: k is 6 for x [1, 5]: " + range);
  BOOST_TEST(message({2, 100}, DType::kFloat32, 65) == "top_k: k is 65 for x [2, 100]: " + range);
  BOOST_TEST(message({3}, DType::kInt32, 1) == "top_k: x must be float32, float64 or bfloat16, got int32");
}
