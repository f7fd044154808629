// Cases that every LSTM for CUDA devices is compared on with the CPU's in double.
#pragma once

#include <random>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "tests/kernels/lstm/lstm_problem.h"

namespace favras::test {

// Of |actual - expected| / max(1, |expected|): rounding of sums in double and float; activations and gate
// gradients of 8 bits, through up to three layers and seven steps, in bfloat16.
template <class T>
inline constexpr double kLstmTolerance = 0;
template <>
inline constexpr double kLstmTolerance<double> = 1e-12;
template <>
inline constexpr double kLstmTolerance<float> = 1e-5;
template <>
inline constexpr double kLstmTolerance<kernels::bfloat16> = 0.05;

inline void check_close(const LstmResults& actual, const LstmResults& expected, double tolerance) {
  BOOST_REQUIRE(actual.size() == expected.size());
  for (const auto& [name, values] : expected) BOOST_TEST_CONTEXT(name) {
      BOOST_TEST(largest_error(actual.at(name), values) <= tolerance);
    }
}

// On: the device policy of lstm_problem.h.
template <class On, class T>
void check_against_cpu(const LstmCase& c, std::size_t shift = 0) {
  BOOST_TEST_CONTEXT(c) {
    LstmProblem<OnCpu, double, T> expected(c);
    expected.run();
    LstmProblem<On, T> actual(c, {}, shift);
    actual.run();
    check_close(actual.results(), expected.results(), kLstmTolerance<T>);
    BOOST_TEST(actual.intact());
  }
}

struct LstmSizes {
  std::vector<std::int64_t> time, batch, input_size, hidden_size;
};

inline LstmCase random_lstm_case(unsigned seed, const LstmSizes& sizes) {
  std::mt19937_64 generator(seed);
  const auto one_of = [&](const std::vector<std::int64_t>& choices) {
    return choices[generator() % choices.size()];
  };
  LstmCase c{.seed = seed};
  c.shape.time = one_of(sizes.time);
  c.shape.batch = one_of(sizes.batch);
  c.shape.input_size = one_of(sizes.input_size);
  c.shape.hidden_size = one_of(sizes.hidden_size);
  c.shape.layers = one_of({1, 2, 3});
  c.shape.reverse = generator() % 2 == 0;
  c.lengths = random_lengths(c.shape.batch, c.shape.time, seed);
  c.keep = generator() % 2 == 0 ? 0.7f : 1.0f;
  c.wishes = generator() % 4 == 0 ? kAll : static_cast<unsigned>(generator()) & kAll;
  return c;
}

inline const LstmCase kSmallLstm{
    .shape = {.time = 3, .batch = 4, .input_size = 2, .hidden_size = 5, .layers = 2},
    .lengths = {2, 0, 3, 1},
    .keep = 0.7f};

}  // namespace favras::test
