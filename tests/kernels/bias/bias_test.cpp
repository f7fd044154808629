#include "kernels/bias/bias.h"

#include <boost/test/unit_test.hpp>

#include "tests/support/instruction_sets.h"
#include "tests/support/numbers.h"

namespace favras::kernels {

using namespace favras::test;

BOOST_AUTO_TEST_CASE_TEMPLATE(forward_adds_the_bias_to_every_row, T, NumberTypes) {
  for_each_instruction_set([] {
    for (const std::int64_t columns : kSizes)
      for (const std::int64_t rows : {0, 1, 3, 200}) {
        const auto bias = normal_numbers<T>(columns, 1), y = normal_numbers<T>(rows * columns, 2);
        std::vector<T> expected = y;
        for (std::int64_t i = 0; i < rows * columns; ++i) expected[i] = y[i] + bias[i % columns];
        for (const int threads : kThreadCounts) {
          cpu::Context context{threads};
          Guarded<T> result(y);
          bias_forward(
              context,
              BiasForward<T>{.rows = rows, .columns = columns, .bias = bias.data(), .y = result.data()});
          BOOST_TEST(same_bits(result.numbers(), expected));
          BOOST_TEST(result.intact());
        }
      }
  });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(backward_sums_in_row_order, T, NumberTypes) {
  for_each_instruction_set([] {
    for (const std::int64_t columns : kSizes)
      for (const std::int64_t rows : {0, 1, 33, 200})
        for (const T beta : {T(0), T(1), T(0.5)}) {
          const auto dy = normal_numbers<T>(rows * columns, 1);
          const auto before = beta == T(0) ? std::vector<T>(columns, kNan<T>) : normal_numbers<T>(columns, 2);
          std::vector<T> expected(columns);  // in the order that the contract names, hence the same bits
          for (std::int64_t c = 0; c < columns; ++c) {
            for (std::int64_t r = 0; r < rows; ++r) expected[c] += dy[r * columns + c];
            if (beta != T(0)) expected[c] += beta * before[c];
          }
          for (const int threads : kThreadCounts) {
            cpu::Context context{threads};
            Guarded<T> result(before);
            bias_backward(context, BiasBackward<T>{.rows = rows,
                                                   .columns = columns,
                                                   .dy = dy.data(),
                                                   .d_bias = result.data(),
                                                   .beta = beta});
            BOOST_TEST(same_bits(result.numbers(), expected));
            BOOST_TEST(result.intact());
          }
        }
  });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_nan_spoils_its_column_only, T, NumberTypes) {
  std::vector<T> dy(5 * 40, T(1)), d_bias(40);
  dy[2 * 40 + 17] = kNan<T>;
  cpu::Context context;
  bias_backward(context, BiasBackward<T>{.rows = 5, .columns = 40, .dy = dy.data(), .d_bias = d_bias.data()});
  for (int c = 0; c < 40; ++c) BOOST_TEST(std::isnan(d_bias[c]) == (c == 17));
}

}  // namespace favras::kernels
