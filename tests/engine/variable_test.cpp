// The walk of backward(): its order, what it reaches, adds up, refuses and frees.
#include "engine/variable.h"

#include <algorithm>
#include <string>
#include <thread>

#include <boost/test/unit_test.hpp>

#include "engine/allocator.h"
#include "tests/engine/engine_test_support.h"
#include "tests/support/gradcheck.h"

using namespace favras;
using namespace favras::test;

BOOST_TEST_GLOBAL_FIXTURE(OneThread);

namespace {

Tensor number(double value, Device device = kCpu) {
  return Tensor::from(std::vector<double>{value}, {1}, device);
}
double number_of(const Tensor& tensor) { return tensor.to_host<double>().at(0); }
Variable leaf(double value, Device device = kCpu) { return Variable(number(value, device), true); }

// The sum of numbers, by an operation that writes its name down when backward() comes by.
Variable traced(char name, std::vector<Variable> inputs, std::string& trace) {
  double sum = 0.0;
  for (const Variable& input : inputs) sum += number_of(input.value());
  return record({number(sum)}, inputs, [=, &trace](std::span<const Tensor> dy) {
    trace += name;
    for (const Variable& input : inputs) input.add_gradient(number(number_of(dy[0])));
  })[0];
}

// x * x.
Variable square(const Variable& x) { return multiply(x, x); }

std::size_t bytes_in_use(Device device = kCpu) { return CachingAllocator::of(device).statistics().in_use; }

}  // namespace

BOOST_AUTO_TEST_CASE(consumers_come_before_what_they_consumed) {
  for (const bool swapped : {false, true}) {
    std::string trace;
    const Variable x = leaf(1.0);
    const Variable a = traced('a', {x}, trace);
    const Variable b = traced('b', {a}, trace), c = traced('c', {a}, trace);
    backward(traced('d', swapped ? std::vector{c, b} : std::vector{b, c}, trace));
    BOOST_TEST((trace == "dbca" || trace == "dcba"));
    BOOST_TEST(number_of(x.gradient()) == 2.0);
  }
}

BOOST_AUTO_TEST_CASE(a_short_way_waits_for_the_long_one) {
  for (const bool swapped : {false, true}) {
    std::string trace;
    const Variable x = leaf(1.0);
    const Variable a = traced('a', {x}, trace);
    const Variable b = traced('b', {a}, trace), c = traced('c', {b, a}, trace);
    backward(traced('d', swapped ? std::vector{c, a, x} : std::vector{x, a, c}, trace));
    BOOST_TEST(trace == "dcba");
    BOOST_TEST(number_of(x.gradient()) == 4.0);
  }
}

FAVRAS_DEVICE_TEST_CASE(an_input_given_twice_gets_both_gradients) {
  const Variable x = leaf(3.0, device);
  backward(square(square(x)));
  BOOST_TEST(number_of(x.gradient()) == 4 * 27.0);
}

FAVRAS_DEVICE_TEST_CASE(gradients_of_leaves_add_up_over_backwards) {
  const Variable x = leaf(3.0, device);
  backward(square(x));
  backward(scaled(x, 5.0));
  BOOST_TEST(number_of(x.gradient()) == 11.0);

  const Tensor memory = number(100.0, device);  // a parameter's
  const Variable parameter(number(3.0, device), memory);
  backward(square(parameter));
  BOOST_TEST(number_of(memory) == 106.0);
  BOOST_TEST(parameter.gradient().raw() == memory.raw());
}

FAVRAS_DEVICE_TEST_CASE(a_loss_that_is_a_leaf_gets_one) {
  const Variable x = leaf(3.0, device);
  backward(x);
  BOOST_TEST(number_of(x.gradient()) == 1.0);
  backward(x);
  BOOST_TEST(number_of(x.gradient()) == 2.0);
}

FAVRAS_DEVICE_TEST_CASE(a_loss_may_have_a_weight) {
  const Variable x = leaf(3.0, device);
  const Tensor weight = number(0.25, device);
  backward(square(x), weight);
  BOOST_TEST(number_of(x.gradient()) == 1.5);
  backward(x, weight);
  backward(x, weight);
  BOOST_TEST(number_of(x.gradient()) == 2.0);
  BOOST_TEST(number_of(weight) == 0.25);
  BOOST_CHECK_THROW(backward(square(x), Tensor({2}, x.value().dtype(), device)), std::invalid_argument);
  BOOST_CHECK_THROW(backward(square(x), Tensor::from(std::vector<float>{1.0f}, {1}, device)),
                    std::invalid_argument);
}

FAVRAS_DEVICE_TEST_CASE(a_loss_may_have_any_shape_of_one_number_and_be_float) {
  for (const Shape& shape : {Shape{}, Shape{1}, Shape{1, 1, 1}}) {
    const Variable x(Tensor::from(std::vector<float>{3.0f}, shape, device), true);
    backward(record({x.value()}, {x}, [x](std::span<const Tensor> dy) { x.add_gradient(dy[0]); })[0]);
    BOOST_TEST(x.gradient().to_host<float>() == std::vector<float>{1.0f});
  }
}

FAVRAS_DEVICE_TEST_CASE(values_between_give_their_gradients_up) {
  const Variable x = leaf(3.0, device), y = square(x), loss = square(y);
  backward(loss);
  BOOST_TEST(!y.gradient());
  BOOST_TEST(!loss.gradient());
  BOOST_TEST(bool(x.gradient()));
}

BOOST_AUTO_TEST_CASE(an_output_nothing_depends_on_has_no_gradient) {
  for (const std::size_t used : {0, 1})
    for (const bool other_alive : {true, false}) {
      const Variable x = leaf(3.0);
      std::vector<bool> given;
      std::vector<Variable> outputs =
          record({number(1.0), number(2.0)}, {x}, [&given, x](std::span<const Tensor> dy) {
            for (const Tensor& gradient : dy) given.push_back(bool(gradient));
            x.add_gradient(number(7.0));
          });
      const Variable loss = scaled(outputs[used], 2.0);
      if (!other_alive) outputs.clear();
      backward(loss);
      BOOST_TEST(given == (std::vector{used == 0, used == 1}), boost::test_tools::per_element());
      BOOST_TEST(number_of(x.gradient()) == 7.0);
    }
}

BOOST_AUTO_TEST_CASE(an_operation_that_gets_no_gradient_is_not_asked_for_its_own) {
  std::string trace;
  const Variable x = leaf(3.0), y = leaf(4.0);
  const Variable hidden = traced('h', {x}, trace);
  // Depends on hidden in name only.
  backward(record({number(0.0)}, {hidden, y},
                  [y](std::span<const Tensor> dy) { y.add_gradient(number(number_of(dy[0]))); })[0]);
  BOOST_TEST(trace == "");
  BOOST_TEST(!x.gradient());
  BOOST_TEST(number_of(y.gradient()) == 1.0);
}

BOOST_AUTO_TEST_CASE(nothing_is_recorded_without_need) {
  const Variable x(number(3.0)), y = leaf(4.0);
  BOOST_TEST(!will_record({x, Variable()}));
  BOOST_TEST(will_record({x, y}));
  BOOST_TEST(!square(x).requires_grad());
  BOOST_TEST(multiply(x, y).requires_grad());
  BOOST_TEST(!Variable().requires_grad());
}

BOOST_AUTO_TEST_CASE(no_gradient_holds_until_the_outermost_ends) {
  const Variable x = leaf(3.0);
  {
    const NoGradient outer;
    { const NoGradient inner; }
    BOOST_TEST(!will_record({x}));
    BOOST_TEST(!square(x).requires_grad());
    bool elsewhere = false;
    std::thread([&] { elsewhere = will_record({x}); }).join();
    BOOST_TEST(elsewhere);
  }
  BOOST_TEST(will_record({x}));
  try {
    const NoGradient no_gradient;
    throw std::runtime_error("any");
  } catch (const std::runtime_error&) {
  }
  BOOST_TEST(square(x).requires_grad());
}

BOOST_AUTO_TEST_CASE(wrong_losses_are_refused) {
  const auto message = [](const Variable& loss) {
    return message_of<std::invalid_argument>([&] { backward(loss); });
  };
  const std::string needless = "backward: nothing that the loss depends on requires a gradient";
  BOOST_TEST(message(Variable()) == needless);
  BOOST_TEST(message(square(Variable(number(3.0)))) == needless);
  const Variable x(random_tensor({2, 3}, 1), true);
  BOOST_TEST(message(square(x)) == "backward: the loss must be one number, not [2, 3]");
  BOOST_TEST(message(Variable(Tensor({0}, DType::kFloat64), true)) ==
             "backward: the loss must be one number, not [0]");
}

BOOST_AUTO_TEST_CASE(a_consumed_graph_is_refused_and_nothing_is_touched) {
  const std::string consumed = "backward: a part of this loss's graph was consumed by an earlier backward";
  const Variable x = leaf(3.0), y = leaf(2.0), shared = square(x), loss = scaled(shared, 2.0);
  const Variable other = multiply(shared, y);
  backward(loss);
  BOOST_TEST(message_of<std::logic_error>([&] { backward(loss); }) == consumed);
  BOOST_TEST(message_of<std::logic_error>([&] { backward(other); }) == consumed);
  BOOST_TEST(message_of<std::logic_error>([&] { backward(scaled(loss, 1.0)); }) == consumed);
  BOOST_TEST(number_of(x.gradient()) == 12.0);
  BOOST_TEST(!y.gradient());
}

FAVRAS_DEVICE_TEST_CASE(gradient_targets_overwrite_then_accumulate) {
  const Variable x(moved(random_tensor({2, 3}, 1), device), true);
  const GradientTarget first = x.gradient_target();
  BOOST_TEST(!first.accumulate);
  BOOST_TEST(first.tensor.shape() == x.value().shape(), boost::test_tools::per_element());
  const GradientTarget second = x.gradient_target();
  BOOST_TEST(second.accumulate);
  BOOST_TEST(second.tensor.raw() == first.tensor.raw());

  const Variable y(moved(random_tensor({2, 3}, 1), device), true);
  const Tensor zeroed = y.zeroed_gradient_target();
  BOOST_TEST(zeroed.to_host<double>() == std::vector<double>(6), boost::test_tools::per_element());
  const double five = 5.0;
  zeroed.view(4, {1}).copy_from_host(&five, sizeof five);
  BOOST_TEST(y.zeroed_gradient_target().to_host<double>()[4] == 5.0);  // only fresh memory is zeroed
}

BOOST_AUTO_TEST_CASE(gradients_of_other_shapes_are_refused) {
  BOOST_TEST(message_of<std::logic_error>([] { leaf(3.0).add_gradient(random_tensor({2}, 1)); }) ==
             "gradient [2] for a variable [1]");
  BOOST_TEST(message_of<std::invalid_argument>([] { Variable(number(1.0), random_tensor({2}, 1)); }) ==
             "gradient [2] of a variable [1]");
}

FAVRAS_DEVICE_TEST_CASE(backward_frees_what_the_graph_held) {
  constexpr std::int64_t kElements = 1 << 17;
  constexpr std::size_t kMebibyte = kElements * sizeof(double);
  const std::size_t before = bytes_in_use(device);
  std::vector<std::size_t> during;
  const Variable x = leaf(1.0, device);
  Variable y = x;
  for (int i = 0; i < 4; ++i) {  // a chain: each operation saves a MiB beside a value of a MiB
    const Tensor saved({kElements}, DType::kFloat64, device);
    y = record({Tensor({kElements}, DType::kFloat64, device)}, {y}, [=, &during](std::span<const Tensor> dy) {
      during.push_back(bytes_in_use(device));
      BOOST_TEST(bool(saved));
      y.add_gradient(i == 0 ? number(1.0, device) : dy[0]);
    })[0];
  }
  y = record({number(0.0, device)}, {y}, [y, device](std::span<const Tensor>) {
    y.add_gradient(Tensor({kElements}, DType::kFloat64, device));
  })[0];
  BOOST_TEST(bytes_in_use(device) >= before + 8 * kMebibyte);
  backward(y);
  // The loss is still there; only it, x and x's gradient are, of 64 bytes each.
  BOOST_TEST(bytes_in_use(device) == before + 3 * 64);
  // Each operation's share was gone before the next one's turn: it, its value and the gradient are left.
  BOOST_REQUIRE(during.size() == 4u);
  for (std::size_t i = 0; i < 4; ++i) BOOST_TEST(during[i] < before + (2 * (4 - i) + 1) * kMebibyte + 1024);
}

BOOST_AUTO_TEST_CASE(a_graph_without_backward_is_freed_too) {
  const std::size_t before = bytes_in_use();
  {
    const Variable x(random_tensor({1000}, 1), true);
    const Variable y = square(square(x));
    BOOST_TEST(bytes_in_use() >= before + 3 * 8000);
  }
  BOOST_TEST(bytes_in_use() == before);
}
