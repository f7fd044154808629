// Arrays side by side: values, gradients, zero sizes, refusals.
#include "engine/ops/concatenate.h"

#include <numeric>

#include <boost/test/unit_test.hpp>

#include "tests/engine/engine_test_support.h"
#include "tests/support/gradcheck.h"
#include "tests/support/numbers.h"

using namespace favras;
using namespace favras::test;

BOOST_TEST_GLOBAL_FIXTURE(OneThread);

namespace {

struct Case {
  Shape rows;
  std::vector<std::int64_t> columns;  // of each part
};

const std::vector<Case> kCases = {
    {{}, {1}},     {{1}, {1, 1}}, {{3}, {31, 33}},   {{2, 5}, {32, 32}},
    {{4}, {0, 3}}, {{0}, {2, 3}}, {{33}, {3, 1, 2}}, {{2, 3, 2}, {4, 0, 8, 1}},
};

std::vector<Tensor> inputs_of(const Case& c) {
  std::vector<Tensor> inputs;
  for (const std::int64_t columns : c.columns) {
    Shape shape = c.rows;
    shape.push_back(columns);
    inputs.push_back(random_tensor(shape, static_cast<unsigned>(inputs.size() + 1)));
  }
  return inputs;
}

template <class T>
void check_values(const Case& c, Device device) {
  std::vector<Variable> parts;
  std::vector<std::vector<T>> numbers;
  for (const Tensor& input : inputs_of(c)) {
    std::vector<T> of_part;
    for (const double number : input.to_host<double>())
      of_part.push_back(T(static_cast<Accumulate<T>>(number)));
    parts.emplace_back(Tensor::from(of_part, input.shape(), device));
    numbers.push_back(of_part);
  }
  std::vector<T> expected;
  for (std::int64_t row = 0; row < element_count(c.rows); ++row)
    for (std::size_t k = 0; k < numbers.size(); ++k)
      expected.insert(expected.end(), numbers[k].begin() + row * c.columns[k],
                      numbers[k].begin() + (row + 1) * c.columns[k]);
  const Tensor whole = concatenate(parts).value();
  Shape shape = c.rows;
  shape.push_back(std::accumulate(c.columns.begin(), c.columns.end(), std::int64_t{0}));
  BOOST_TEST(whole.shape() == shape, boost::test_tools::per_element());
  BOOST_TEST((whole.device() == device));
  BOOST_TEST(same_bits(whole.to_host<T>(), expected));
}

}  // namespace

FAVRAS_DEVICE_TEST_CASE(puts_parts_side_by_side) {
  for (const Case& c : kCases) {
    check_values<float>(c, device);
    check_values<double>(c, device);
    check_values<bfloat16>(c, device);
  }
}

FAVRAS_DEVICE_TEST_CASE(gradients_equal_differences) {
  const auto f = [](std::span<const Variable> v) {
    return std::vector{concatenate(std::vector<Variable>(v.begin(), v.end()))};
  };
  for (const Case& c : kCases) BOOST_TEST(gradient_error(f, inputs_of(c), device) < 1e-6);
}

FAVRAS_DEVICE_TEST_CASE(a_part_that_comes_twice_gets_both_gradients) {
  const auto f = [](std::span<const Variable> v) { return std::vector{concatenate({v[0], v[1], v[0]})}; };
  BOOST_TEST(gradient_error(f, {random_tensor({3, 4}, 1), random_tensor({3, 2}, 2)}, device) < 1e-6);
}

FAVRAS_DEVICE_TEST_CASE(only_what_requires_a_gradient_gets_one) {
  const Variable without(moved(random_tensor({3, 4}, 1), device)),
      with(moved(random_tensor({3, 2}, 2), device), true);
  const Variable whole = concatenate({without, with});
  BOOST_TEST(whole.requires_grad());
  backward(weighted_sum({whole}, 1));
  BOOST_TEST((!without.gradient() && with.gradient()));
  BOOST_TEST(!concatenate({without, without}).requires_grad());
}

BOOST_AUTO_TEST_CASE(wrong_arguments_are_named) {
  const auto message = [](const std::vector<Tensor>& parts) {
    std::vector<Variable> variables;
    for (const Tensor& part : parts) variables.emplace_back(part);
    return message_of<std::invalid_argument>([&] { concatenate(variables); });
  };
  const Tensor x = random_tensor({2, 3}, 1);
  BOOST_TEST(message({}) == "concatenate: at least one part");
  BOOST_TEST(message({random_tensor({}, 1)}) == "concatenate: parts must have at least one axis");
  BOOST_TEST(message({x, x, random_tensor({3, 3}, 1)}) == "concatenate: part 2 must be [2, any], got [3, 3]");
  BOOST_TEST(message({x, random_tensor({2, 3, 1}, 1)}) ==
             "concatenate: part 1 must be [2, any], got [2, 3, 1]");
  BOOST_TEST(message({x, Tensor({2, 3}, DType::kFloat32)}) ==
             "concatenate: part 1 must be float64, got float32");
  BOOST_TEST(message({Tensor({2, 3}, DType::kInt32)}) ==
             "concatenate: part 0 must be float32, float64 or bfloat16, got int32");
}
