// The loss of single rows: the numbers, shapes, and that the logits stay as they are.
#include "engine/ops/negative_log_likelihood.h"

#include <cmath>

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
void check_rows(const Shape& shape, Device device, double tolerance) {
  std::vector<T> logits;
  for (const double number : random_tensor(shape, 1).to_host<double>())
    logits.push_back(T(static_cast<Accumulate<T>>(5 * number)));
  const auto columns = static_cast<std::size_t>(shape.back());
  const Shape rows(shape.begin(), shape.end() - 1);
  const std::vector<std::int32_t> classes =
      random_ids(element_count(rows), static_cast<std::int32_t>(columns), 2);
  std::vector<double> expected;
  for (std::size_t row = 0; row < classes.size(); ++row) {
    double sum = 0.0;
    for (std::size_t c = 0; c < columns; ++c)
      sum += std::exp(static_cast<double>(Accumulate<T>(logits[row * columns + c])));
    expected.push_back(std::log(sum) -
                       static_cast<double>(Accumulate<T>(logits[row * columns + classes[row]])));
  }
  const Tensor x = Tensor::from(logits, shape, device);
  const Tensor losses = negative_log_likelihood(x, Tensor::from(classes, rows, device));
  BOOST_TEST((losses.device() == device));
  BOOST_TEST(losses.shape() == rows, boost::test_tools::per_element());
  BOOST_TEST(largest_error(losses.to_host<Accumulate<T>>(), expected) <= tolerance);
  BOOST_TEST(same_bits(x.to_host<T>(), logits));
}

}  // namespace

FAVRAS_DEVICE_TEST_CASE(every_row_has_its_own) {
  for (const Shape& shape : {Shape{1}, {33}, {5, 1}, {7, 32}, {1, 64, 80}, {0, 4}, {2, 2, 3, 129}})
    BOOST_TEST_CONTEXT(to_string(shape)) {
      check_rows<float>(shape, device, 1e-5);
      check_rows<double>(shape, device, 1e-13);
      check_rows<bfloat16>(shape, device, 1e-5);
    }
}

BOOST_AUTO_TEST_CASE(wrong_arguments_are_named) {
  const auto message = [](Shape logits, DType dtype, Shape classes, DType of_classes = DType::kInt32) {
    return message_of<std::invalid_argument>(
        [&] { negative_log_likelihood(Tensor(logits, dtype), Tensor(classes, of_classes)); });
  };
  const std::string name = "negative_log_likelihood: ";
  BOOST_TEST(message({}, DType::kFloat32, {}) == name + "rows of logits must hold something, got []");
  BOOST_TEST(message({2, 0}, DType::kFloat32, {2}) ==
             name + "rows of logits must hold something, got [2, 0]");
  BOOST_TEST(message({2, 3}, DType::kFloat32, {3}) == name + "classes must be [2], got [3]");
  BOOST_TEST(message({2, 3}, DType::kFloat32, {2}, DType::kFloat32) ==
             name + "classes must be int32, got float32");
  BOOST_TEST(message({2, 3}, DType::kInt32, {2}) ==
             name + "logits must be float32, float64 or bfloat16, got int32");
}
