// The mean cross-entropy and its gradient: golden vectors, differences, what does not count.
#include "engine/ops/softmax_cross_entropy.h"

#include <sstream>

#include <boost/test/unit_test.hpp>

#include "tests/engine/engine_test_support.h"
#include "tests/support/fixtures.h"
#include "tests/support/gradcheck.h"
#include "tests/support/numbers.h"

using namespace favras;
using namespace favras::test;

BOOST_TEST_GLOBAL_FIXTURE(OneThread);

namespace {

constexpr std::int32_t kIgnore = -1;

// A leaf keeps its memory: the operation gets a copy, on the device, to write its gradient to.
Loss loss_of(const Variable& logits, const Tensor& targets, Device device, std::int32_t ignore = kIgnore,
             float label_smoothing = 0.0f) {
  return softmax_cross_entropy(moved(scaled(logits, 1.0), device), moved(targets, device), ignore,
                               label_smoothing);
}

// Targets of every third row are ignored, the first row's never.
Tensor targets_of(const Shape& logits) {
  const Shape shape(logits.begin(), logits.end() - 1);
  std::vector<std::int32_t> targets;
  for (std::int32_t row = 0; row < element_count(shape); ++row)
    targets.push_back(row % 3 == 2 ? kIgnore : row * 5 % static_cast<std::int32_t>(logits.back()));
  return Tensor::from(targets, shape);
}

double number(const Tensor& tensor) { return tensor.to_host<double>().at(0); }

struct Golden {
  explicit Golden(const std::string& name)
      : logits(fixture.tensor(name + ".logits")),
        targets(fixture.tensor(name + ".targets")),
        ignore(static_cast<std::int32_t>(fixture.number(name + ".ignore"))),
        row_loss(fixture.tensor(name + ".row_loss")),
        sum(fixture.tensor(name + ".loss_sum")),
        count(fixture.tensor(name + ".count")),
        mean(fixture.tensor(name + ".loss_mean")),
        gradient(fixture.tensor(name + ".gradient")) {}

  Fixture fixture{"softmax_cross_entropy"};
  Tensor logits, targets;
  std::int32_t ignore;
  Tensor row_loss, sum, count, mean, gradient;
};

std::vector<std::string> golden_cases() {
  std::istringstream list(Fixture("softmax_cross_entropy").text("cases"));
  std::vector<std::string> cases;
  for (std::string name; std::getline(list, name, ',');) cases.push_back(name);
  return cases;
}

}  // namespace

FAVRAS_DEVICE_TEST_CASE(loss_and_gradient_equal_pytorch) {
  BOOST_REQUIRE(!golden_cases().empty());
  for (const std::string& name : golden_cases()) BOOST_TEST_CONTEXT(name) {
      const Golden golden(name);
      const Variable logits(golden.logits, true);
      const Loss loss = loss_of(logits, golden.targets, device, golden.ignore);
      BOOST_TEST(largest_error(loss.mean.value(), golden.mean) < 1e-13);
      BOOST_TEST(largest_error(loss.sum, golden.sum) < 1e-13);
      BOOST_TEST(largest_error(loss.count, golden.count) == 0.0);
      backward(loss.mean);
      BOOST_TEST(largest_error(logits.gradient(), golden.gradient) < 1e-13);
    }
}

FAVRAS_DEVICE_TEST_CASE(every_row_alone_equals_pytorch) {
  for (const std::string& name : golden_cases()) BOOST_TEST_CONTEXT(name) {
      const Golden golden(name);
      for (std::int64_t row = 0; row < golden.logits.size(0); ++row) {
        const std::int64_t size = golden.logits.size(1);
        const Loss loss = loss_of(Variable(golden.logits.view(row * size, {1, size})),
                                  golden.targets.view(row, {1}), device, golden.ignore);
        BOOST_TEST(largest_error(loss.mean.value(), golden.row_loss.view(row, {1})) < 1e-13);
      }
    }
}

FAVRAS_DEVICE_TEST_CASE(floats_equal_pytorch) {
  for (const std::string& name : golden_cases()) BOOST_TEST_CONTEXT(name) {
      const Golden golden(name);
      const std::vector<double> numbers = golden.logits.to_host<double>();
      const Tensor logits =
          Tensor::from(std::vector<float>(numbers.begin(), numbers.end()), golden.logits.shape(), device);
      const Loss loss =
          softmax_cross_entropy(Variable(logits, true), moved(golden.targets, device), golden.ignore);
      backward(loss.mean);
      BOOST_TEST(largest_error(loss.mean.value().to_host<float>(), golden.mean.to_host<double>()) < 1e-6);
      BOOST_TEST(largest_error(logits.to_host<float>(), golden.gradient.to_host<double>()) < 1e-6);
    }
}

FAVRAS_DEVICE_TEST_CASE(gradients_equal_differences) {
  for (const Shape& shape : {Shape{1, 1},
                             {1, 2},
                             {31, 3},
                             {2, 31},
                             {3, 32},
                             {32, 2},
                             {33, 7},
                             {5, 33},
                             {2, 3, 5},
                             {2, 2, 3, 4},
                             {6}})
    BOOST_TEST_CONTEXT(to_string(shape)) {
      const Tensor targets = targets_of(shape);
      for (const float smoothing : {0.0f, 0.25f}) {
        const auto f = [&](std::span<const Variable> v) {
          return std::vector{scaled(loss_of(v[0], targets, device, kIgnore, smoothing).mean, -2.5)};
        };
        BOOST_TEST(gradient_error(f, {random_tensor(shape, 1)}, device) < 1e-6);
      }
    }
}

FAVRAS_DEVICE_TEST_CASE(the_gradient_scales_with_the_one_from_above_and_adds_up) {
  const Golden golden("eighty");
  const Variable once(golden.logits, true);
  backward(loss_of(once, golden.targets, device, golden.ignore).mean);
  const Variable twice(golden.logits, Tensor::zeros(golden.logits.shape(), DType::kFloat64));
  for (const double factor : {1.0, -3.5})
    backward(scaled(loss_of(twice, golden.targets, device, golden.ignore).mean, factor));
  std::vector<double> expected = once.gradient().to_host<double>();
  for (double& value : expected) value *= 1.0 - 3.5;
  BOOST_TEST(largest_error(twice.gradient().to_host<double>(), expected) < 1e-14);
}

FAVRAS_DEVICE_TEST_CASE(logits_that_feed_another_operation_get_both_gradients) {
  const Tensor targets = moved(targets_of({5, 33}), device);
  const auto f = [&](std::span<const Variable> v) {
    const Variable logits = moved(scaled(v[0], 2.0), device);
    const Variable other = weighted_sum({logits}, 1);  // reads the logits before the loss reuses them
    const Variable mean = softmax_cross_entropy(logits, targets, kIgnore).mean;
    return std::vector{add(other, mean), add(mean, other)};
  };
  BOOST_TEST(gradient_error(f, {random_tensor({5, 33}, 1)}, device) < 1e-6);
}

FAVRAS_DEVICE_TEST_CASE(logits_stay_as_they_are_if_nothing_is_recorded) {
  const Tensor logits = moved(random_tensor({5, 33}, 1), device),
               targets = moved(targets_of({5, 33}), device);
  const std::vector<double> before = logits.to_host<double>();
  BOOST_TEST(!softmax_cross_entropy(Variable(logits), targets, kIgnore).mean.requires_grad());
  BOOST_TEST(logits.to_host<double>() == before, boost::test_tools::per_element());
  {
    const NoGradient no_gradient;
    softmax_cross_entropy(Variable(logits, true), targets, kIgnore);
  }
  BOOST_TEST(logits.to_host<double>() == before, boost::test_tools::per_element());
  softmax_cross_entropy(Variable(logits, true), targets, kIgnore);
  BOOST_TEST(logits.to_host<double>() != before);
}

FAVRAS_DEVICE_TEST_CASE(nothing_that_counts_is_a_loss_of_zero) {
  for (const Shape& shape : {Shape{3, 5}, Shape{0, 5}, Shape{2, 0, 5}}) {
    const Shape rows(shape.begin(), shape.end() - 1);
    const Tensor targets =
        Tensor::from(std::vector<std::int32_t>(static_cast<std::size_t>(element_count(rows)), kIgnore), rows);
    const Variable logits(random_tensor(shape, 1), true);
    const Loss loss = loss_of(logits, targets, device);
    BOOST_TEST(number(loss.mean.value()) == 0.0);
    BOOST_TEST(number(loss.sum) == 0.0);
    BOOST_TEST(number(loss.count) == 0.0);
    backward(loss.mean);
    const std::vector<double> zeros(static_cast<std::size_t>(logits.value().elements()));
    BOOST_TEST(logits.gradient().to_host<double>() == zeros, boost::test_tools::per_element());
  }
}

FAVRAS_DEVICE_TEST_CASE(a_nan_anywhere_that_counts_makes_the_loss_nan) {
  const Shape shape{4, 33};
  const Tensor targets = targets_of(shape);  // row 2 is ignored
  for (std::int64_t at = 0; at < element_count(shape); ++at) {
    const Variable logits(random_tensor(shape, 1), true);
    logits.value().data<double>()[at] = NAN;
    const bool counts = at / 33 != 2;
    const Loss loss = loss_of(logits, targets, device);
    BOOST_TEST(std::isnan(number(loss.mean.value())) == counts);
    BOOST_TEST(std::isnan(number(loss.sum)) == counts);
    backward(loss.mean);
    const std::vector<double> gradient = logits.gradient().to_host<double>();
    for (std::int64_t i = 0; i < element_count(shape); ++i)
      BOOST_TEST(std::isnan(gradient[i]) == (counts && i / 33 == at / 33));
  }
}

BOOST_AUTO_TEST_CASE(wrong_arguments_are_named) {
  const auto message = [](const Tensor& logits, const Tensor& targets) {
    return message_of<std::invalid_argument>(
        [&] { softmax_cross_entropy(Variable(logits), targets, kIgnore); });
  };
  const auto ids = [](Shape shape) { return Tensor::zeros(std::move(shape), DType::kInt32); };
  const Tensor logits = random_tensor({2, 3, 4}, 1);
  BOOST_TEST(message(logits, ids({6})) == "softmax_cross_entropy: targets must be [2, 3], got [6]");
  BOOST_TEST(message(logits, ids({2, 3, 4})) ==
             "softmax_cross_entropy: targets must be [2, 3], got [2, 3, 4]");
  BOOST_TEST(message(logits, Tensor()) == "softmax_cross_entropy: targets must be [2, 3], got nothing");
  BOOST_TEST(message(random_tensor({5}, 1), ids({5})) ==
             "softmax_cross_entropy: targets must be [], got [5]");
  BOOST_TEST(message(logits, random_tensor({2, 3}, 1)) ==
             "softmax_cross_entropy: targets must be int32, got float64");
  BOOST_TEST(message(random_tensor({}, 1), ids({})) ==
             "softmax_cross_entropy: logits must have at least one axis");
  BOOST_TEST(message(Tensor({2, 4}, DType::kInt32), ids({2})) ==
             "softmax_cross_entropy: logits must be float32, float64 or bfloat16, got int32");
  BOOST_TEST(message_of<std::invalid_argument>([&] {
               softmax_cross_entropy(Variable(logits), ids({2, 3}), kIgnore, 1.0f);
             }) == "softmax_cross_entropy: label_smoothing must be in [0, 1), got 1");
}
