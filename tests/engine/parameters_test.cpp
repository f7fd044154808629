// Initial values by their distributions, and the arena that holds parameters and gradients.
#include "engine/parameters.h"

#include <cmath>

#include <boost/test/unit_test.hpp>

#include "tests/engine/engine_test_support.h"
#include "tests/support/gradcheck.h"
#include "tests/support/numbers.h"

using namespace favras;
using namespace favras::test;

namespace {

constexpr auto kPerElement = boost::test_tools::per_element();

std::vector<double> drawn(const Initializer& initializer, std::uint64_t seed = 1, std::uint32_t stream = 2,
                          std::size_t count = 100'000) {
  std::vector<double> values(count, NAN);
  initializer(values, seed, stream);
  return values;
}

double mean_of(std::span<const double> values, double power = 1.0) {
  double sum = 0.0;
  for (const double value : values) sum += std::pow(value, power);
  return sum / static_cast<double>(values.size());
}

// Mean 0 and the standard deviation, both within five standard errors.
void check_moments(const std::vector<double>& values, double deviation) {
  const double root = std::sqrt(static_cast<double>(values.size()));
  const double variance = mean_of(values, 2), fourth = mean_of(values, 4);
  BOOST_TEST(std::abs(mean_of(values)) < 5 * deviation / root);
  BOOST_TEST(std::abs(variance - deviation * deviation) < 5 * std::sqrt(fourth - variance * variance) / root);
}

// The share of values within `bound` of 0, within five standard errors.
void check_share(const std::vector<double>& values, double bound, double share) {
  const auto count = std::ranges::count_if(values, [=](double value) { return std::abs(value) < bound; });
  const auto size = static_cast<double>(values.size());
  BOOST_TEST(std::abs(static_cast<double>(count) / size - share) < 5 * std::sqrt(share * (1 - share) / size));
}

// Neighbours, and values two apart (a normal's two draws), have nothing to do with each other.
void check_independence(const std::vector<double>& values, double deviation) {
  for (const std::size_t lag : {1, 2, 4}) {
    double sum = 0.0;
    for (std::size_t i = lag; i < values.size(); ++i) sum += values[i] * values[i - lag];
    BOOST_TEST(std::abs(sum) <
               5 * deviation * deviation * std::sqrt(static_cast<double>(values.size() - lag)));
  }
}

double share_of_normal(double bound) { return std::erf(bound / std::sqrt(2.0)); }

ParameterArena arena_of_three(DType dtype, std::optional<std::uint64_t> seed, Device device = kCpu) {
  ParameterArena arena(dtype, device);
  arena.declare("first", {3, 5}, normal(1.0));
  arena.declare("second", {33}, normal(1.0));
  arena.declare("third", {2, 2, 4}, constant(7.0));
  arena.allocate(seed);
  return arena;
}

// Which elements of the arena belong to a parameter.
std::vector<bool> owned(const ParameterArena& arena) {
  std::vector<bool> mine(static_cast<std::size_t>(arena.size()));
  for (const Parameter& parameter : arena.parameters()) {
    const Tensor& value = parameter.variable.value();
    const std::ptrdiff_t first = value.data<double>() - arena.values().data<double>();
    for (std::int64_t i = 0; i < value.elements(); ++i) {
      BOOST_REQUIRE((first + i >= 0 && first + i < arena.size()));
      BOOST_TEST(!mine[first + i]);  // nobody else's
      mine[first + i] = true;
    }
  }
  return mine;
}

}  // namespace

FAVRAS_DEVICE_TEST_CASE(without_a_seed_values_are_zeros) {
  const ParameterArena arena = arena_of_three(DType::kFloat32, std::nullopt, device);
  for (const float value : arena.values().to_host<float>()) BOOST_TEST(value == 0.0f);
  BOOST_TEST(to_string(arena.at("third").value().shape()) == "[2, 2, 4]");
}

BOOST_AUTO_TEST_CASE(constants_are_constant) {
  BOOST_TEST(drawn(constant(-0.25), 1, 2, 33) == std::vector<double>(33, -0.25), kPerElement);
}

BOOST_AUTO_TEST_CASE(uniform_draws_fill_their_interval) {
  const std::vector<double> values = drawn(uniform(-0.1, 0.1));
  check_moments(values, 0.2 / std::sqrt(12.0));
  check_independence(values, 0.2 / std::sqrt(12.0));
  const auto [low, high] = std::ranges::minmax(values);
  BOOST_TEST((low >= -0.1 && low < -0.0999));
  BOOST_TEST((high <= 0.1 && high > 0.0999));
  for (const double bound : {0.02, 0.05, 0.09}) check_share(values, bound, bound / 0.1);
  const double middle = mean_of(drawn(uniform(2.0, 5.0)));  // not around 0
  BOOST_TEST(std::abs(middle - 3.5) < 5 * 3.0 / std::sqrt(12.0 * 100'000));
}

BOOST_AUTO_TEST_CASE(normal_draws_are_normal) {
  const std::vector<double> values = drawn(normal(0.5));
  check_moments(values, 0.5);
  check_independence(values, 0.5);
  for (const double bound : {0.1, 1.0, 2.0, 3.0}) check_share(values, 0.5 * bound, share_of_normal(bound));
}

BOOST_AUTO_TEST_CASE(truncated_normal_draws_end_at_two_deviations) {
  const std::vector<double> values = drawn(truncated_normal(0.1));
  // The variance of a normal cut at 2: 1 - 4 phi(2) / P(|x| < 2), phi its density.
  const double density = std::exp(-2.0) / std::sqrt(2.0 * M_PI);
  check_moments(values, 0.1 * std::sqrt(1.0 - 4.0 * density / share_of_normal(2.0)));
  check_independence(values, 0.1);
  const auto [low, high] = std::ranges::minmax(values);
  BOOST_TEST((low >= -0.2 && low < -0.199));
  BOOST_TEST((high <= 0.2 && high > 0.199));
  check_share(values, 0.1, share_of_normal(1.0) / share_of_normal(2.0));
}

BOOST_AUTO_TEST_CASE(he_draws_have_the_deviation_of_their_fan_in) {
  for (const std::int64_t fan_in : {1, 8, 512})
    check_moments(drawn(he_normal(fan_in)), std::sqrt(2.0 / static_cast<double>(fan_in)));
}

BOOST_AUTO_TEST_CASE(an_lstm_bias_opens_the_forget_gate) {
  BOOST_TEST(drawn(lstm_bias(3), 1, 2, 12) == (std::vector<double>{0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0}),
             kPerElement);
}

BOOST_AUTO_TEST_CASE(draws_depend_on_seed_and_stream_alone) {
  for (const Initializer& initializer : {uniform(-1, 1), normal(1), truncated_normal(1), he_normal(7)}) {
    const std::vector<double> values = drawn(initializer, 5, 6, 101);
    BOOST_TEST(same_bits(values, drawn(initializer, 5, 6, 101)));
    for (const auto& [seed, stream] : {std::pair(5, 7), std::pair(6, 6)}) {
      const std::vector<double> other = drawn(initializer, seed, stream, 101);
      for (std::size_t i = 0; i < values.size(); ++i) BOOST_TEST(values[i] != other[i]);
    }
  }
}

FAVRAS_DEVICE_TEST_CASE(parameters_have_their_names_shapes_and_values_in_order) {
  const ParameterArena arena = arena_of_three(DType::kFloat64, 1, device);
  std::string list;
  for (const Parameter& parameter : arena.parameters()) {
    list += parameter.name + to_string(parameter.variable.value().shape()) + " ";
    BOOST_TEST(parameter.variable.requires_grad());
  }
  BOOST_TEST(list == "first[3, 5] second[33] third[2, 2, 4] ");
  BOOST_TEST(arena.at("third").value().to_host<double>() == std::vector<double>(16, 7.0), kPerElement);
  // Two parameters of one distribution draw differently.
  BOOST_TEST(arena.at("first").value().to_host<double>()[0] !=
             arena.at("second").value().to_host<double>()[0]);
}

FAVRAS_DEVICE_TEST_CASE(one_seed_gives_the_same_bits_and_another_does_not) {
  const auto values = [&](std::uint64_t seed) {
    return arena_of_three(DType::kFloat64, seed, device).values().to_host<double>();
  };
  BOOST_TEST(same_bits(values(1), values(1)));
  BOOST_TEST(same_bits(values(1), arena_of_three(DType::kFloat64, 1).values().to_host<double>()));
  BOOST_TEST(values(1) != values(2));
  BOOST_TEST(values(1) != values(1 + (std::uint64_t{1} << 32)));  // all 64 bits count
}

FAVRAS_DEVICE_TEST_CASE(floats_are_the_doubles_rounded) {
  const std::vector<double> wide = arena_of_three(DType::kFloat64, 1).values().to_host<double>();
  const std::vector<float> expected(wide.begin(), wide.end());
  BOOST_TEST(same_bits(arena_of_three(DType::kFloat32, 1, device).values().to_host<float>(), expected));
}

FAVRAS_DEVICE_TEST_CASE(views_and_arena_are_the_same_memory) {
  const ParameterArena arena = arena_of_three(DType::kFloat64, 1, device);
  const Variable& second = arena.at("second");
  const std::ptrdiff_t first = second.value().data<double>() - arena.values().data<double>();
  BOOST_TEST((second.gradient().data<double>() - arena.gradients().data<double>()) == first);
  const double forty = 40.0;
  arena.values().view(first + 4, {1}).copy_from_host(&forty, sizeof forty);
  BOOST_TEST(second.value().to_host<double>()[4] == 40.0);
  backward(weighted_sum({scaled(second, 3.0)}, 1));
  backward(weighted_sum({scaled(second, 1.0)}, 1));
  const std::vector<double> gradients = arena.gradients().to_host<double>();
  BOOST_TEST(gradients[first + 4] != 0.0);
  BOOST_TEST(gradients[first + 4] == second.gradient().to_host<double>()[4]);
}

FAVRAS_DEVICE_TEST_CASE(parameters_are_aligned_and_the_padding_stays_zero) {
  ParameterArena arena = arena_of_three(DType::kFloat64, 1, device);
  for (const Parameter& parameter : arena.parameters())
    BOOST_TEST(reinterpret_cast<std::uintptr_t>(parameter.variable.value().raw()) % 64 == 0u);
  const std::vector<bool> mine = owned(arena);
  BOOST_TEST(std::ranges::count(mine, true) == 15 + 33 + 16);
  BOOST_TEST(std::ranges::count(mine, false) == 1 + 15);
  std::vector<Variable> all;
  for (const Parameter& parameter : arena.parameters()) all.push_back(scaled(parameter.variable, 2.0));
  backward(weighted_sum(all, 1));
  const std::vector<double> values = arena.values().to_host<double>(),
                            gradients = arena.gradients().to_host<double>();
  for (std::size_t i = 0; i < mine.size(); ++i) {
    BOOST_TEST((gradients[i] != 0.0) == mine[i]);
    if (!mine[i]) BOOST_TEST(values[i] == 0.0);
  }
  arena.zero_gradients();
  BOOST_TEST(arena.gradients().to_host<double>() == std::vector<double>(mine.size()), kPerElement);
}

FAVRAS_DEVICE_TEST_CASE(gradients_start_at_zero) {
  const ParameterArena arena = arena_of_three(DType::kFloat64, 1, device);
  BOOST_TEST(arena.gradients().to_host<double>() == std::vector<double>(arena.size()), kPerElement);
}

BOOST_AUTO_TEST_CASE(unknown_repeated_and_late_names_are_refused) {
  ParameterArena arena = arena_of_three(DType::kFloat64, 1);
  BOOST_TEST(message_of<std::out_of_range>([&] { arena.at("fourth"); }) == "no parameter named fourth");
  BOOST_TEST(message_of<std::logic_error>([&] { arena.declare("fourth", {1}, constant(0.0)); }) ==
             "parameter fourth declared after allocate()");
  ParameterArena fresh;
  fresh.declare("one", {1}, constant(0.0));
  BOOST_TEST(message_of<std::logic_error>([&] { fresh.declare("one", {2}, constant(0.0)); }) ==
             "parameter one declared twice");
}
