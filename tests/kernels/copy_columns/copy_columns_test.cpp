#include "kernels/copy_columns/copy_columns.h"

#include <boost/test/unit_test.hpp>

#include "tests/support/numbers.h"

namespace favras::kernels {

using namespace favras::test;

using Types = std::tuple<float, double, bfloat16>;

BOOST_AUTO_TEST_CASE_TEMPLATE(copies_columns_and_leaves_the_others, T, Types) {
  for (const std::int64_t rows : {0, 1, 33, 1000})
    for (const std::int64_t columns : {0, 1, 31, 32, 33})
      for (const std::int64_t wider : {0, 5}) {
        const std::int64_t from_width = columns + wider, to_width = columns + 2 * wider;
        const auto from = normal_numbers<T>(rows * from_width, 1),
                   before = normal_numbers<T>(rows * to_width, 2);
        auto expected = before;
        for (std::int64_t row = 0; row < rows; ++row)
          std::copy_n(from.begin() + row * from_width, columns, expected.begin() + row * to_width);
        for (const int threads : kThreadCounts) {
          Guarded<T> to(before);
          cpu::Context context{threads};
          copy_columns(context, CopyColumns<T>{.rows = rows,
                                               .columns = columns,
                                               .from_width = from_width,
                                               .to_width = to_width,
                                               .from = from.data(),
                                               .to = to.data()});
          BOOST_TEST((same_bits(to.numbers(), expected) && to.intact()));
        }
      }
}

}  // namespace favras::kernels
