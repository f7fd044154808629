// The bias on CUDA against the CPU's, and its gradient against sums in double.
#include <boost/test/unit_test.hpp>

#include "kernels/bias/bias.h"
#include "tests/kernels/device_numbers.h"
#include "tests/simt/every_barrier.h"

namespace favras::kernels {

using namespace favras::test;

namespace {

template <class T>
std::vector<T> forward(const std::vector<T>& bias, const std::vector<T>& y, std::int64_t rows,
                       std::size_t shift = 0) {
  const DeviceNumbers<T> from(bias, shift), to(y, shift);
  cuda::Context context;
  bias_forward(context, BiasForward<T>{.rows = rows,
                                       .columns = static_cast<std::int64_t>(bias.size()),
                                       .bias = from.data(),
                                       .y = to.data()});
  BOOST_TEST((from.intact() && to.intact()));
  return to.values();
}

template <class T>
std::vector<T> forward_on_cpu(const std::vector<T>& bias_row, const std::vector<T>& before,
                              std::int64_t rows) {
  const auto bias = widened(bias_row);
  auto y = widened(before);
  cpu::Context context;
  bias_forward(context, BiasForward<Accumulate<T>>{.rows = rows,
                                                   .columns = static_cast<std::int64_t>(bias.size()),
                                                   .bias = bias.data(),
                                                   .y = y.data()});
  return rounded<T>(y);
}

template <class T>
std::vector<Accumulate<T>> backward(const std::vector<T>& dy, const std::vector<Accumulate<T>>& before,
                                    std::int64_t rows, Accumulate<T> beta) {
  const DeviceNumbers<T> from(dy);
  const DeviceNumbers<Accumulate<T>> to(before);
  cuda::Context context;
  bias_backward(context, BiasBackward<T>{.rows = rows,
                                         .columns = static_cast<std::int64_t>(before.size()),
                                         .dy = from.data(),
                                         .d_bias = to.data(),
                                         .beta = beta});
  BOOST_TEST((from.intact() && to.intact()));
  return to.values();
}

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(bias_forward_has_the_cpus_bits, T, CudaTypes) {
  for (const std::int64_t rows : kRowCounts)
    for (const std::int64_t columns : kColumnCounts) {
      const auto bias = normal_numbers<T>(columns, 1), y = normal_numbers<T>(rows * columns, 2);
      BOOST_TEST(same_bits(forward(bias, y, rows), forward_on_cpu(bias, y, rows)));
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(bias_forward_takes_any_address_and_loops_over_the_grid, T, CudaTypes) {
  const auto bias = normal_numbers<T>(120, 1), y = normal_numbers<T>(140 * 120, 2);
  for (const std::size_t shift : {0, 1, 2, 3})
    BOOST_TEST(same_bits(forward(bias, y, 140, shift), forward_on_cpu(bias, y, 140)));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(bias_backward_sums_columns, T, CudaTypes) {
  using A = Accumulate<T>;
  for (const std::int64_t rows : kRowCounts)
    for (const std::int64_t columns : kColumnCounts)
      for (const A beta : {A(0), A(1), A(0.5)}) {
        const auto dy = normal_numbers<T>(rows * columns, 1);
        const auto before = beta == A(0) ? std::vector<A>(columns, kNan<A>) : normal_numbers<A>(columns, 2);
        std::vector<double> expected(columns);
        double largest = 0;  // sum of magnitudes, which rounding errors grow with
        for (std::int64_t c = 0; c < columns; ++c) {
          double magnitudes = 0;
          for (std::int64_t r = 0; r < rows; ++r) {
            const A summand(dy[r * columns + c]);
            expected[c] += summand;
            magnitudes += std::abs(summand);
          }
          if (beta != A(0)) expected[c] += static_cast<double>(beta) * before[c];
          largest = std::max(largest, magnitudes);
        }
        BOOST_TEST(largest_error(backward(dy, before, rows, beta), expected) <=
                   kEpsilon<A> * std::max(1.0, largest));
      }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(bias_backward_spoils_the_column_of_a_nan_only, T, CudaTypes) {
  using A = Accumulate<T>;
  for (const std::int64_t row : {0, 17, 39}) {
    std::vector<T> dy(40 * 40, T(1));
    dy[row * 40 + 17] = kNan<T>;
    const auto d_bias = backward(dy, std::vector<A>(40), 40, A(0));
    for (int c = 0; c < 40; ++c) BOOST_TEST(std::isnan(d_bias[c]) == (c == 17));
  }
}

BOOST_AUTO_TEST_CASE(bias_backward_is_the_same_in_every_order) {
  const auto dy = normal_numbers<float>(50 * 70, 1), before = normal_numbers<float>(70, 2);
  simt::same_in_every_order([&] { return backward(dy, before, 50, 0.5f); });
}

BOOST_AUTO_TEST_CASE(bias_backward_needs_its_barrier, *kLeavesOutBarriers) {
  const auto dy = normal_numbers<float>(50 * 33, 1), before = normal_numbers<float>(33, 2);
  simt::every_barrier_is_noticed([&] { return simt::bytes(backward(dy, before, 50, 0.5f)); }, 1);
}

}  // namespace favras::kernels
