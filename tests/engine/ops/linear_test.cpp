// y = x W^T + b: values, gradients, zero sizes, refusals.
#include "engine/ops/linear.h"

#include <numeric>
#include <utility>

#include <boost/test/unit_test.hpp>

#include "tests/engine/engine_test_support.h"
#include "tests/support/gradcheck.h"
#include "tests/support/numbers.h"

using namespace favras;
using namespace favras::test;

BOOST_TEST_GLOBAL_FIXTURE(OneThread);

namespace {

struct Case {
  Shape x;
  std::int64_t outputs;
  bool bias;
};

const std::vector<Case> kCases = {
    {{1}, 1, true},       {{31}, 2, true},      {{32}, 3, false},        {{33}, 5, true},
    {{3, 7}, 31, false},  {{4, 5}, 33, true},   {{2, 3, 4}, 32, true},   {{31, 2, 3}, 2, false},
    {{1, 1, 1}, 3, true}, {{33, 3}, 17, false}, {{2, 2, 2, 2}, 1, true},
};

std::ostream& operator<<(std::ostream& out, const Case& c) {
  return out << "x " << to_string(c.x) << " outputs " << c.outputs << (c.bias ? " bias" : "");
}

// x, weight and, if there is one, the bias.
std::vector<Tensor> inputs_of(const Case& c) {
  std::vector<Tensor> inputs{random_tensor(c.x, 1), random_tensor({c.outputs, c.x.back()}, 2)};
  if (c.bias) inputs.push_back(random_tensor({c.outputs}, 3));
  return inputs;
}

Variable apply(std::span<const Variable> v) { return linear(v[0], v[1], v.size() > 2 ? v[2] : Variable()); }

std::vector<Variable> outputs_of(std::span<const Variable> v) { return {apply(v)}; }

std::vector<Variable> variables_of(const std::vector<Tensor>& inputs, Device device,
                                   bool requires_grad = false) {
  std::vector<Variable> variables;
  for (const Tensor& input : inputs) variables.emplace_back(moved(input, device), requires_grad);
  return variables;
}

// The equation as it reads.
std::vector<double> expected_of(const Case& c, const std::vector<Tensor>& inputs) {
  const std::int64_t columns = c.x.back();
  std::vector<double> y;
  for (std::int64_t row = 0; row < element_count(c.x) / columns; ++row)
    for (std::int64_t o = 0; o < c.outputs; ++o) {
      double sum = c.bias ? inputs[2].data<double>()[o] : 0.0;
      for (std::int64_t i = 0; i < columns; ++i)
        sum += inputs[0].data<double>()[row * columns + i] * inputs[1].data<double>()[o * columns + i];
      y.push_back(sum);
    }
  return y;
}

template <class T>
Tensor converted(const Tensor& x) {
  const std::vector<double> numbers = x.to_host<double>();
  return Tensor::from(std::vector<T>(numbers.begin(), numbers.end()), x.shape());
}

template <class T>
void check_values(const Case& c, Device device, double tolerance) {
  const std::vector<Tensor> inputs = inputs_of(c);
  std::vector<Tensor> given;
  for (const Tensor& input : inputs) given.push_back(converted<T>(input));
  const Tensor y = apply(variables_of(given, device)).value();
  Shape shape = c.x;
  shape.back() = c.outputs;
  BOOST_TEST(y.shape() == shape, boost::test_tools::per_element());
  BOOST_TEST(largest_error(y.to_host<T>(), expected_of(c, inputs)) < tolerance);
}

std::vector<double> gradient_of(const Variable& variable) { return variable.gradient().to_host<double>(); }

}  // namespace

FAVRAS_DEVICE_TEST_CASE(agrees_with_the_equation) {
  for (const int threads : {1, 2, 3}) {
    set_cpu_threads(threads);
    for (const Case& c : kCases) BOOST_TEST_CONTEXT(c << " threads " << threads) {
        check_values<double>(c, device, 1e-14);
        check_values<float>(c, device, 1e-5);
      }
  }
  set_cpu_threads(1);
}

FAVRAS_DEVICE_TEST_CASE(gradients_equal_differences) {
  for (const Case& c : kCases) BOOST_TEST_CONTEXT(c) {
      BOOST_TEST(gradient_error(&outputs_of, inputs_of(c), device) < 1e-6);
    }
}

FAVRAS_DEVICE_TEST_CASE(values_used_twice_get_both_gradients) {
  const auto f = [](std::span<const Variable> v) {
    const Variable once = linear(v[0], v[1], v[2]);
    return std::vector{linear(once, v[1], v[2]), add(once, v[0])};  // x, weight and bias each twice
  };
  BOOST_TEST(gradient_error(f, {random_tensor({2, 5}, 1), random_tensor({5, 5}, 2), random_tensor({5}, 3)},
                            device) < 1e-6);
}

FAVRAS_DEVICE_TEST_CASE(gradients_add_up_over_backwards_and_scale_with_the_one_from_above) {
  const std::vector<Tensor> inputs = inputs_of(Case{{3, 7}, 5, true});
  const std::vector<Variable> once = variables_of(inputs, device, true);
  backward(weighted_sum({apply(once)}, 1));
  std::vector<Variable> parameters;
  for (const Tensor& input : inputs)
    parameters.emplace_back(moved(input, device), Tensor::zeros(input.shape(), DType::kFloat64, device));
  for (const double factor : {1.0, -3.5}) backward(scaled(weighted_sum({apply(parameters)}, 1), factor));
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    std::vector<double> expected = gradient_of(once[k]);
    for (double& number : expected) number *= 1.0 - 3.5;
    BOOST_TEST(largest_error(gradient_of(parameters[k]), expected) < 1e-13);
  }
}

FAVRAS_DEVICE_TEST_CASE(only_what_requires_a_gradient_gets_one) {
  const std::vector<Tensor> inputs = inputs_of(Case{{3, 7}, 5, true});
  const std::vector<Variable> all = variables_of(inputs, device, true);
  backward(weighted_sum({apply(all)}, 1));
  for (std::size_t chosen = 0; chosen < inputs.size(); ++chosen) {
    std::vector<Variable> v;
    for (std::size_t k = 0; k < inputs.size(); ++k) v.emplace_back(moved(inputs[k], device), k == chosen);
    backward(weighted_sum({apply(v)}, 1));
    for (std::size_t k = 0; k < inputs.size(); ++k) BOOST_TEST(bool(v[k].gradient()) == (k == chosen));
    BOOST_TEST(gradient_of(v[chosen]) == gradient_of(all[chosen]), boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_nan_anywhere_reaches_the_output, T, NumberTypes) {
  std::vector<Tensor> inputs;
  for (const Tensor& input : inputs_of(Case{{2, 33}, 3, true})) inputs.push_back(converted<T>(input));
  inputs[0].zero();  // a NaN times zero is one, too
  for (const Device device : devices_under_test()) {
    const auto sum = [&] {
      const std::vector<T> y = apply(variables_of(inputs, device)).value().template to_host<T>();
      return std::accumulate(y.begin(), y.end(), T(0));
    };
    BOOST_TEST(std::isfinite(sum()));
    for (const Tensor& input : inputs)
      for (std::int64_t at = 0; at < input.elements(); ++at) {
        const T kept = std::exchange(input.data<T>()[at], kNan<T>);
        BOOST_TEST(std::isnan(sum()));
        input.data<T>()[at] = kept;
      }
  }
}

FAVRAS_DEVICE_TEST_CASE(a_nan_from_above_reaches_every_gradient) {
  const std::vector<Variable> v = variables_of(inputs_of(Case{{2, 3}, 4, true}), device, true);
  backward(scaled(weighted_sum({apply(v)}, 1), NAN));
  for (const Variable& variable : v) BOOST_TEST(all_nan<double>(gradient_of(variable)));
}

FAVRAS_DEVICE_TEST_CASE(sizes_of_zero_are_sums_of_nothing) {
  for (const Shape& shape : {Shape{0, 3}, Shape{2, 0, 3}}) {  // no rows
    const std::vector<Variable> v = variables_of(inputs_of(Case{shape, 2, true}), device, true);
    const Variable y = apply(v);
    BOOST_TEST(y.value().elements() == 0);
    backward(weighted_sum({y}, 1));
    BOOST_TEST(gradient_of(v[1]) == std::vector<double>(6), boost::test_tools::per_element());
    BOOST_TEST(gradient_of(v[2]) == std::vector<double>(2), boost::test_tools::per_element());
  }
  const std::vector<Variable> v = variables_of(  // no inputs: the bias alone
      {random_tensor({2, 0}, 1), random_tensor({3, 0}, 2), random_tensor({3}, 3)}, device, true);
  const std::vector<double> y = apply(v).value().to_host<double>(), bias = v[2].value().to_host<double>();
  BOOST_TEST(std::vector(y.begin(), y.begin() + 3) == bias, boost::test_tools::per_element());
  BOOST_TEST(std::vector(y.begin() + 3, y.end()) == bias, boost::test_tools::per_element());

  const std::vector<Variable> w = variables_of(  // no outputs: nothing depends on x
      {random_tensor({2, 4}, 1), random_tensor({0, 4}, 2), random_tensor({0}, 3)}, device, true);
  backward(weighted_sum({apply(w)}, 1));
  BOOST_TEST(gradient_of(w[0]) == std::vector<double>(8), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(wrong_arguments_are_named) {
  const auto message = [](const Tensor& x, const Tensor& weight, const Tensor& bias = {}) {
    return message_of<std::invalid_argument>(
        [&] { linear(Variable(x), Variable(weight), bias ? Variable(bias) : Variable()); });
  };
  const Tensor x = random_tensor({2, 4}, 1), weight = random_tensor({3, 4}, 2);
  BOOST_TEST(message(x, random_tensor({3}, 2)) == "linear: weight must be [any, any], got [3]");
  BOOST_TEST(message(x, random_tensor({3, 5}, 2)) == "linear: x [2, 4] does not fit weight [3, 5]");
  BOOST_TEST(message(random_tensor({}, 1), weight) == "linear: x [] does not fit weight [3, 4]");
  BOOST_TEST(message(x, weight, random_tensor({4}, 3)) == "linear: bias must be [3], got [4]");
  BOOST_TEST(message(x, weight, random_tensor({1, 3}, 3)) == "linear: bias must be [3], got [1, 3]");
  BOOST_TEST(message(Tensor({2, 4}, DType::kInt32), weight) ==
             "linear: x must be float32, float64 or bfloat16, got int32");
  BOOST_TEST(message(x, converted<float>(weight)) == "linear: weight must be float64, got float32");
  BOOST_TEST(message(x, weight, Tensor({3}, DType::kFloat32)) == "linear: bias must be float64, got float32");
}
