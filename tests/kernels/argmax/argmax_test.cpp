#include "kernels/argmax/argmax.h"

#include <boost/test/unit_test.hpp>

#include "tests/support/numbers.h"

namespace favras::kernels {

using namespace favras::test;

template <class T>
std::int32_t argmax_of(const std::vector<T>& row) {
  cpu::Context context;
  Guarded<std::int32_t> index({-1});
  argmax(context, Argmax<T>{.rows = 1,
                            .columns = static_cast<std::int64_t>(row.size()),
                            .x = row.data(),
                            .index = index.data()});
  BOOST_TEST(index.intact());
  return index[0];
}

BOOST_AUTO_TEST_CASE_TEMPLATE(finds_the_largest_of_every_row, T, NumberTypes) {
  for (const std::int64_t columns : kSizes)
    for (const std::int64_t rows : {0, 1, 33, 400}) {
      if (columns == 0) continue;
      const auto x = normal_numbers<T>(rows * columns, 1);
      std::vector<std::int32_t> expected;
      for (std::int64_t r = 0; r < rows; ++r)
        expected.push_back(static_cast<std::int32_t>(
            std::max_element(x.begin() + r * columns, x.begin() + (r + 1) * columns) - x.begin() -
            r * columns));
      for (const int threads : kThreadCounts) {
        cpu::Context context{threads};
        Guarded<std::int32_t> index(std::vector<std::int32_t>(rows, -1));
        argmax(context, Argmax<T>{.rows = rows, .columns = columns, .x = x.data(), .index = index.data()});
        BOOST_TEST(index.numbers() == expected, boost::test_tools::per_element());
        BOOST_TEST(index.intact());
      }
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(the_lowest_column_wins_a_tie, T, NumberTypes) {
  BOOST_TEST(argmax_of<T>({1, 3, 2, 3}) == 1);
  BOOST_TEST(argmax_of<T>({0, -T(0)}) == 0);
  BOOST_TEST(argmax_of<T>({-kInfinity<T>, -kInfinity<T>}) == 0);
  BOOST_TEST(argmax_of<T>({-kInfinity<T>, -5, kInfinity<T>, kInfinity<T>}) == 2);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(the_first_nan_beats_everything, T, NumberTypes) {
  BOOST_TEST(argmax_of<T>({kNan<T>, 7, kNan<T>}) == 0);
  BOOST_TEST(argmax_of<T>({7, kInfinity<T>, kNan<T>, 8, kNan<T>}) == 2);
  BOOST_TEST(argmax_of<T>({7, 6, kNan<T>}) == 2);
}

}  // namespace favras::kernels
