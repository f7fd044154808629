// The mask against tests/fixtures/philox.safetensors, and the gradient through it.
#include "engine/ops/dropout.h"

#include <boost/test/unit_test.hpp>

#include "engine/step_state.h"
#include "tests/engine/engine_test_support.h"
#include "tests/support/fixtures.h"
#include "tests/support/gradcheck.h"
#include "tests/support/numbers.h"

using namespace favras;
using namespace favras::test;

BOOST_TEST_GLOBAL_FIXTURE(OneThread);

namespace {

struct State : DeviceStepState {
  State(Device device, std::uint64_t seed, std::uint64_t step) : DeviceStepState(device) {
    set({.seed = seed, .step = step});
  }
};

Tensor ones(Shape shape, Device device) {
  const auto count = static_cast<std::size_t>(element_count(shape));
  return Tensor::from(std::vector<double>(count, 1.0), std::move(shape), device);
}

std::vector<double> mask_of(Shape shape, const kernels::DropoutMask& mask, Device device) {
  return dropout(Variable(ones(std::move(shape), device)), mask).value().to_host<double>();
}

}  // namespace

FAVRAS_DEVICE_TEST_CASE(masks_and_their_gradients_equal_the_golden_ones) {
  const Fixture fixture("philox");
  BOOST_REQUIRE(fixture.number("masks") > 0);
  for (std::int64_t k = 0; k < fixture.number("masks"); ++k) BOOST_TEST_CONTEXT("mask " << k) {
      const std::string name = "mask" + std::to_string(k) + ".";
      const State state(device, std::stoull(fixture.text(name + "seed")),
                        std::stoull(fixture.text(name + "step")));
      const kernels::DropoutMask mask{.keep = std::stof(fixture.text(name + "keep")),
                                      .stream = static_cast<std::uint32_t>(fixture.number(name + "stream")),
                                      .state = state.pointer()};
      const Tensor golden = fixture.tensor(name + "scale");
      const Variable x(ones(golden.shape(), device), true);
      const Variable y = dropout(x, mask);
      // keep is a float in the mask and a double in the golden one
      BOOST_TEST(largest_error(y.value(), golden) < 1e-15);
      backward(weighted_sum({y}, 1));
      const std::vector<double> gradient = x.gradient().to_host<double>(), scale = golden.to_host<double>();
      for (std::size_t i = 0; i < scale.size(); ++i) BOOST_TEST((gradient[i] == 0.0) == (scale[i] == 0.0));

      const std::vector<float> x32(scale.size(), 1.0f);
      const std::vector<float> y32 =
          dropout(Variable(Tensor::from(x32, golden.shape(), device)), mask).value().to_host<float>();
      for (std::size_t i = 0; i < scale.size(); ++i) BOOST_TEST(y32[i] == static_cast<float>(scale[i]));
    }
}

FAVRAS_DEVICE_TEST_CASE(gradients_equal_differences) {
  const State state(device, 3, 1);
  for (const Shape& shape : {Shape{1}, {31}, {32}, {33}, {3, 5}, {2, 3, 7}, {5, 1, 2, 2}})
    for (const float keep : {1.0f, 0.7f}) BOOST_TEST_CONTEXT(to_string(shape) << " keep " << keep) {
        const auto f = [&](std::span<const Variable> v) {
          return std::vector{dropout(v[0], {.keep = keep, .stream = 5, .state = state.pointer()})};
        };
        BOOST_TEST(gradient_error(f, {random_tensor(shape, 1)}, device) < 1e-6);
      }
}

FAVRAS_DEVICE_TEST_CASE(a_value_dropped_twice_gets_both_gradients) {
  const State state(device, 3, 1);
  const auto f = [&](std::span<const Variable> v) {
    return std::vector{dropout(v[0], {.keep = 0.7f, .stream = 5, .state = state.pointer()}),
                       dropout(v[0], {.keep = 0.5f, .stream = 6, .state = state.pointer()}), v[0]};
  };
  BOOST_TEST(gradient_error(f, {random_tensor({3, 33}, 1)}, device) < 1e-6);
}

FAVRAS_DEVICE_TEST_CASE(gradients_add_up_over_backwards) {
  const State state(device, 3, 1);
  const kernels::DropoutMask mask{.keep = 0.5f, .stream = 5, .state = state.pointer()};
  const auto gradient_after = [&](std::initializer_list<double> factors) {
    const Variable x(ones({4, 33}, device), Tensor::zeros({4, 33}, DType::kFloat64, device));
    for (const double factor : factors) backward(scaled(weighted_sum({dropout(x, mask)}, 1), factor));
    return x.gradient().to_host<double>();
  };
  BOOST_TEST(largest_error(gradient_after({1.0, 2.5}), gradient_after({3.5})) < 1e-14);
  BOOST_TEST(largest_error(gradient_after({1.0}), gradient_after({3.5})) > 0.1);
}

FAVRAS_DEVICE_TEST_CASE(keeping_all_is_no_operation) {
  const Variable x(moved(random_tensor({2, 3}, 1), device), true);
  const Variable y = dropout(x, {});
  BOOST_TEST(y.value().data<double>() == x.value().data<double>());
}

FAVRAS_DEVICE_TEST_CASE(rows_are_all_axes_but_the_last) {
  const State state(device, 3, 1);
  const kernels::DropoutMask mask{.keep = 0.5f, .stream = 5, .state = state.pointer()};
  BOOST_TEST(mask_of({2, 3, 7}, mask, device) == mask_of({6, 7}, mask, device),
             boost::test_tools::per_element());
  BOOST_TEST(mask_of({2, 3, 7}, mask, device) != mask_of({2, 21}, mask, device));
}

FAVRAS_DEVICE_TEST_CASE(seed_step_and_stream_each_change_the_mask) {
  const State state(device, 3, 1), other_seed(device, 4, 1), other_step(device, 3, 2);
  const std::vector<double> mask =
      mask_of({64}, {.keep = 0.5f, .stream = 5, .state = state.pointer()}, device);
  BOOST_TEST(mask == mask_of({64}, {.keep = 0.5f, .stream = 5, .state = state.pointer()}, device));
  BOOST_TEST(mask != mask_of({64}, {.keep = 0.5f, .stream = 6, .state = state.pointer()}, device));
  BOOST_TEST(mask != mask_of({64}, {.keep = 0.5f, .stream = 5, .state = other_seed.pointer()}, device));
  BOOST_TEST(mask != mask_of({64}, {.keep = 0.5f, .stream = 5, .state = other_step.pointer()}, device));
}

FAVRAS_DEVICE_TEST_CASE(a_nan_stays_even_where_it_is_dropped) {
  const State state(device, 3, 1);
  const kernels::DropoutMask mask{.keep = 0.3f, .stream = 5, .state = state.pointer()};
  for (std::int64_t at = 0; at < 66; ++at) {
    const Tensor x = random_tensor({2, 33}, 1);
    x.data<double>()[at] = NAN;
    const std::vector<double> y = dropout(Variable(moved(x, device)), mask).value().to_host<double>();
    for (std::int64_t i = 0; i < 66; ++i) BOOST_TEST(std::isnan(y[i]) == (i == at));
  }
  const Variable x(ones({2, 33}, device), true);
  backward(scaled(weighted_sum({dropout(x, mask)}, 1), NAN));
  BOOST_TEST(all_nan<double>(x.gradient().to_host<double>()));
}

FAVRAS_DEVICE_TEST_CASE(nothing_is_dropped_from_nothing) {
  const State state(device, 3, 1);
  for (const Shape& shape : {Shape{0}, {0, 5}, {5, 0}})
    BOOST_TEST(mask_of(shape, {.keep = 0.5f, .state = state.pointer()}, device).empty());
}

FAVRAS_DEVICE_TEST_CASE(wrong_arguments_are_named) {
  const State state(device, 3, 1);
  const auto message = [&](const Tensor& x, float keep) {
    return message_of<std::invalid_argument>(
        [&] { dropout(Variable(x), {.keep = keep, .state = state.pointer()}); });
  };
  BOOST_TEST(message(ones({3}, device), 0.0f) == "dropout: keep must be in (0, 1], got 0");
  BOOST_TEST(message(ones({3}, device), -0.5f) == "dropout: keep must be in (0, 1], got -0.5");
  BOOST_TEST(message(ones({3}, device), 1.5f) == "dropout: keep must be in (0, 1], got 1.5");
  BOOST_TEST(message(ones({3}, device), NAN) == "dropout: keep must be in (0, 1], got nan");
  BOOST_TEST(message(ones({}, device), 0.5f) == "dropout: x must have at least one axis");
  BOOST_TEST(message(Tensor({3}, DType::kInt32, device), 0.5f) ==
             "dropout: x must be float32, float64 or bfloat16, got int32");
}
