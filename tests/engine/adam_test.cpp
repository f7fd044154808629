// The optimizer over an arena against the equations in a plain loop; the kernel has tests of its own.
#include "engine/adam.h"

#include <cmath>

#include <boost/test/unit_test.hpp>

#include "tests/engine/engine_test_support.h"
#include "tests/support/gradcheck.h"
#include "tests/support/numbers.h"

using namespace favras;
using namespace favras::test;

BOOST_TEST_GLOBAL_FIXTURE(OneThread);

namespace {

constexpr auto kPerElement = boost::test_tools::per_element();

struct Problem {
  explicit Problem(Device device, DType dtype = DType::kFloat64) : arena(dtype, device), state(device) {
    arena.declare("matrix", {3, 11}, normal(1.0));
    arena.declare("vector", {5}, normal(1.0));
    arena.allocate(1);
  }

  // As a backward would leave them: zero between the parameters.
  void set_gradients(unsigned seed, double scale) {
    for (const Parameter& parameter : arena.parameters()) {
      Tensor gradient = parameter.variable.gradient();
      const Tensor drawn = random_tensor(gradient.shape(), seed++, scale);
      gradient.copy_from_host(drawn.raw(), drawn.bytes());
    }
  }
  void set_state(std::uint64_t step, float rate) { state.set({.step = step, .learning_rate = rate}); }

  ParameterArena arena;
  DeviceStepState state;
};

// What the header of kernels/adam/adam.h writes, on the host.
struct PlainAdam {
  std::vector<double> p, m, v;

  void step(std::vector<double> g, const AdamOptions& o, double t, double rate) {
    double squares = 0.0;
    for (const double x : g) squares += x * x;
    const double norm = std::sqrt(squares);
    for (std::size_t i = 0; i < g.size(); ++i) {
      if (o.norm_clip > 0 && norm > o.norm_clip) g[i] *= o.norm_clip / norm;
      if (o.element_clip > 0) g[i] = std::max(-o.element_clip, std::min(o.element_clip, g[i]));
      m[i] = o.beta1 * m[i] + (1 - o.beta1) * g[i];
      v[i] = o.beta2 * v[i] + (1 - o.beta2) * g[i] * g[i];
      p[i] -= rate * (m[i] / (1 - std::pow(o.beta1, t))) /
              (std::sqrt(v[i] / (1 - std::pow(o.beta2, t))) + o.epsilon);
    }
  }
};

void check_three_steps(Device device, const AdamOptions& options, std::uint64_t first_step = 1) {
  Problem problem(device);
  Adam adam(problem.arena, options);
  const std::vector<double> zeros(static_cast<std::size_t>(problem.arena.size()));
  PlainAdam plain{problem.arena.values().to_host<double>(), zeros, zeros};
  for (unsigned i = 0; i < 3; ++i) {
    const float rate = 0.01f * static_cast<float>(i + 1);
    problem.set_gradients(10 * i, 2.0);
    problem.set_state(first_step + i, rate);
    adam.step(problem.state);
    plain.step(problem.arena.gradients().to_host<double>(), options, static_cast<double>(first_step + i),
               rate);
    BOOST_TEST(largest_error(problem.arena.values().to_host<double>(), plain.p) < 1e-13);
    BOOST_TEST(largest_error(adam.first_moment().to_host<double>(), plain.m) < 1e-14);
    BOOST_TEST(largest_error(adam.second_moment().to_host<double>(), plain.v) < 1e-14);
  }
}

}  // namespace

FAVRAS_DEVICE_TEST_CASE(steps_equal_the_equations_with_and_without_clips) {
  check_three_steps(device, {.element_clip = 0.0});
  check_three_steps(device, {.element_clip = 0.5});
  check_three_steps(device, {.element_clip = 0.0, .norm_clip = 3.0});
  check_three_steps(device, {.element_clip = 0.0, .norm_clip = 1000.0});  // clips nothing
  check_three_steps(device, {.element_clip = 0.2, .norm_clip = 3.0});     // the norm first
  check_three_steps(device, {.beta1 = 0.8, .beta2 = 0.95, .epsilon = 1e-3});
}

FAVRAS_DEVICE_TEST_CASE(the_step_number_comes_from_the_state) { check_three_steps(device, {}, 1000); }

FAVRAS_DEVICE_TEST_CASE(the_learning_rate_comes_from_the_state) {
  Problem problem(device);
  Adam adam(problem.arena, {});
  problem.set_gradients(1, 1.0);
  const std::vector<double> before = problem.arena.values().to_host<double>();
  problem.set_state(1, 0.0f);
  adam.step(problem.state);
  BOOST_TEST(problem.arena.values().to_host<double>() == before, kPerElement);
  problem.set_state(2, 0.5f);
  adam.step(problem.state);
  BOOST_TEST(problem.arena.values().to_host<double>() != before);
}

FAVRAS_DEVICE_TEST_CASE(the_gradient_norm_is_that_before_clipping) {
  Problem problem(device);
  Adam adam(problem.arena, {.element_clip = 0.1, .norm_clip = 1.0});
  problem.set_gradients(1, 2.0);
  double squares = 0.0;
  for (const double g : problem.arena.gradients().to_host<double>()) squares += g * g;
  problem.set_state(1, 0.01f);
  adam.step(problem.state);
  BOOST_TEST(largest_error(adam.gradient_norm().to_host<double>(), {std::sqrt(squares)}) < 1e-14);
}

FAVRAS_DEVICE_TEST_CASE(moments_start_at_zero_and_cover_the_arena) {
  const Problem problem(device);
  Adam adam(problem.arena, {});
  const std::vector<double> zeros(static_cast<std::size_t>(problem.arena.size()));
  BOOST_TEST(adam.first_moment().to_host<double>() == zeros, kPerElement);
  BOOST_TEST(adam.second_moment().to_host<double>() == zeros, kPerElement);
}

FAVRAS_DEVICE_TEST_CASE(the_padding_between_parameters_stays_zero) {
  Problem problem(device);
  Adam adam(problem.arena, {.norm_clip = 1.0});
  for (std::uint64_t t = 1; t <= 3; ++t) {
    problem.set_gradients(static_cast<unsigned>(t), 1.0);
    problem.set_state(t, 0.1f);
    adam.step(problem.state);
  }
  std::vector<double> values = problem.arena.values().to_host<double>();
  BOOST_TEST(values.size() == 48u + 16u);
  for (const std::size_t i : {33u, 40u, 47u, 48u + 5u, 63u}) BOOST_TEST(values[i] == 0.0);
}

FAVRAS_DEVICE_TEST_CASE(a_nan_gradient_is_never_hidden) {
  for (const double norm_clip : {0.0, 1.0}) {
    Problem problem(device);
    Adam adam(problem.arena, {.norm_clip = norm_clip});
    problem.set_gradients(1, 1.0);
    const double nan = NAN;
    problem.arena.at("vector").gradient().view(2, {1}).copy_from_host(&nan, sizeof nan);
    problem.set_state(1, 0.01f);
    adam.step(problem.state);
    const std::vector<double> vector = problem.arena.at("vector").value().to_host<double>();
    BOOST_TEST(std::isnan(vector[2]));
    BOOST_TEST(std::isnan(vector[1]) == (norm_clip > 0));  // the norm is of all
    if (norm_clip > 0) BOOST_TEST(std::isnan(adam.gradient_norm().to_host<double>()[0]));
  }
}

FAVRAS_DEVICE_TEST_CASE(floats_follow_the_doubles) {
  Problem wide(kCpu), narrow(device, DType::kFloat32);
  Adam wide_adam(wide.arena, {.norm_clip = 1.0}), narrow_adam(narrow.arena, {.norm_clip = 1.0});
  for (std::uint64_t t = 1; t <= 3; ++t) {
    wide.set_gradients(static_cast<unsigned>(t), 2.0);
    const std::vector<double> gradients = wide.arena.gradients().to_host<double>();
    const std::vector<float> rounded(gradients.begin(), gradients.end());
    Tensor to = narrow.arena.gradients();
    to.copy_from_host(rounded.data(), to.bytes());
    for (Problem* const problem : {&wide, &narrow}) problem->set_state(t, 0.1f);
    wide_adam.step(wide.state);
    narrow_adam.step(narrow.state);
  }
  BOOST_TEST(largest_error(narrow.arena.values().to_host<float>(), wide.arena.values().to_host<double>()) <
             1e-5);
}
