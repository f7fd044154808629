// The pointwise pass of a row: gates within rounding of double's for any sum, and what is done with them.
#include <array>

#include <boost/test/unit_test.hpp>

#include "kernels/lstm/lstm_gates_cpu.h"
#include "tests/support/instruction_sets.h"
#include "tests/support/numbers.h"

namespace favras::kernels::cpu {

using namespace favras::test;

namespace {

constexpr int kInput = 0, kForget = 1, kCell = 2, kOutput = 3;
using AllTypes = std::tuple<float, double, bfloat16>;

double sigmoid(double x) { return 1.0 / (1.0 + std::exp(-x)); }

// What gates may be off by: bfloat16 rounds them.
template <class T>
constexpr double kTolerance = sizeof(T) == 8   ? 1e-15
                              : sizeof(T) == 4 ? 4e-7
                                               : 0x1p-9 + 4e-7;

// Sums of a gate: dense around 0, far out, and infinite.
template <class A>
std::vector<A> sums() {
  std::vector<A> all{A(0),   kInfinity<A>, kMinusInfinity<A>, A(1e30), A(-1e30), A(89), A(-89),
                     A(709), A(-750)};
  for (int i = -4000; i <= 4000; ++i) all.push_back(static_cast<A>(i * 0.005));
  for (double x = 1e-30; x < 1.0; x *= 3) all.insert(all.end(), {static_cast<A>(x), static_cast<A>(-x)});
  return all;
}

// The gates of a row whose four sums are the same, column for column.
template <class T>
std::vector<double> gates_of(const std::vector<Accumulate<T>>& sums_of_gate) {
  using A = Accumulate<T>;
  const std::size_t size = sums_of_gate.size();
  std::vector<A> recurrent;
  for (int gate = 0; gate < 4; ++gate)
    recurrent.insert(recurrent.end(), sums_of_gate.begin(), sums_of_gate.end());
  const std::vector<A> addend(4 * size, A(0));
  std::vector<A> cell(size);
  Guarded<T> gates(std::vector<T>(4 * size, T(A(0))));
  lstm_row_forward(LstmRowForward<T>{.hidden_size = static_cast<std::int64_t>(size),
                                     .recurrent = recurrent.data(),
                                     .gates = gates.data(),
                                     .addend = addend.data(),
                                     .cell = cell.data()});
  BOOST_TEST(gates.intact());
  std::vector<double> wide;
  for (const T gate : gates.numbers()) wide.push_back(A(gate));
  return wide;
}

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(gates_are_those_of_double, T, AllTypes) {
  const auto all = sums<Accumulate<T>>();
  for_each_instruction_set([&] {
    const std::vector<double> gates = gates_of<T>(all);
    double largest = 0.0;
    for (std::size_t i = 0; i < all.size(); ++i)
      for (const int gate : {kInput, kForget, kCell, kOutput}) {
        const double actual = gates[gate * all.size() + i];
        const double expected = gate == kCell ? std::tanh(all[i]) : sigmoid(all[i]);
        BOOST_TEST_REQUIRE((actual <= 1.0 && actual >= (gate == kCell ? -1.0 : 0.0)), all[i]);
        largest = std::max(largest, std::abs(actual - expected));
      }
    BOOST_TEST(largest <= kTolerance<T>);
  });
}

// What is small is not lost: its tanh is itself.
BOOST_AUTO_TEST_CASE_TEMPLATE(small_sums_are_their_own_tanh, T, AllTypes) {
  std::vector<Accumulate<T>> small;
  for (double x = 1e-30; x < 1e-4; x *= 3) small.push_back(static_cast<Accumulate<T>>(x));
  for_each_instruction_set([&] {
    const std::vector<double> gates = gates_of<T>(small);
    for (std::size_t i = 0; i < small.size(); ++i)
      BOOST_TEST(gates[kCell * small.size() + i] == double(small[i]),
                 boost::test_tools::tolerance(std::max(2 * kTolerance<T>, 1e-8)));
  });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_nan_makes_its_gate_nan, T, AllTypes) {
  for_each_instruction_set([&] {
    for (const double gate : gates_of<T>({kNan<Accumulate<T>>})) BOOST_TEST(std::isnan(gate));
  });
}

// With all that a row may have: c = f c' + i g, h = o tanh c, y = scale h.
BOOST_AUTO_TEST_CASE_TEMPLATE(sums_come_from_three_places_and_states_go_to_three, T, AllTypes) {
  using A = Accumulate<T>;
  constexpr std::int64_t H = 37;
  const auto recurrent = normal_numbers<A>(4 * H, 1), addend = normal_numbers<A>(4 * H, 2),
             previous = normal_numbers<A>(H, 3), scale = normal_numbers<A>(H, 4);
  const auto input = normal_numbers<T>(4 * H, 5);
  for_each_instruction_set([&] {
    std::vector<T> gates = input;
    Guarded<A> cell(std::vector<A>(H, A(0))), final_hidden(std::vector<A>(H, A(0)));
    Guarded<T> hidden(std::vector<T>(H, T(A(0)))), output(std::vector<T>(H, T(A(0))));
    lstm_row_forward(LstmRowForward<T>{.hidden_size = H,
                                       .recurrent = recurrent.data(),
                                       .adds_input = true,
                                       .gates = gates.data(),
                                       .addend = addend.data(),
                                       .previous_cell = previous.data(),
                                       .cell = cell.data(),
                                       .hidden = hidden.data(),
                                       .final_hidden = final_hidden.data(),
                                       .scale = scale.data(),
                                       .output = output.data()});
    BOOST_TEST((cell.intact() && final_hidden.intact() && hidden.intact() && output.intact()));
    for (std::int64_t j = 0; j < H; ++j) {
      std::array<double, 4> z{};
      for (int gate = 0; gate < 4; ++gate) {
        const std::int64_t at = gate * H + j;
        z[gate] = double(recurrent[at]) + addend[at] + A(input[at]);
      }
      const double c = sigmoid(z[kForget]) * previous[j] + sigmoid(z[kInput]) * std::tanh(z[kCell]);
      const double h = sigmoid(z[kOutput]) * std::tanh(c);
      const double full = sizeof(T) == 8 ? 1e-14 : 2e-6, stored = full + (sizeof(T) == 2 ? 0x1p-8 : 0.0);
      BOOST_TEST(error_of(cell[j], c) <= full);
      BOOST_TEST(error_of(final_hidden[j], h) <= full);
      BOOST_TEST(error_of(A(hidden[j]), h) <= stored);
      BOOST_TEST(error_of(A(output[j]), scale[j] * h) <= stored);
    }
  });
}

}  // namespace favras::kernels::cpu
