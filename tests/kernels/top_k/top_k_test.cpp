#include "kernels/top_k/top_k.h"

#include <stdexcept>
#include <string>

#include <boost/test/unit_test.hpp>

#include "tests/kernels/top_k/top_k_reference.h"
#include "tests/support/numbers.h"

namespace favras::kernels {

using namespace favras::test;

namespace {

template <class T>
void check(const std::vector<T>& x, std::int64_t rows, std::int64_t columns, std::int64_t k,
           int threads = 1) {
  Guarded<T> values(std::vector<T>(rows * k));
  Guarded<std::int32_t> indices(std::vector<std::int32_t>(rows * k, -1));
  cpu::Context context{threads};
  top_k(context, TopK<T>{.rows = rows,
                         .columns = columns,
                         .k = k,
                         .x = x.data(),
                         .values = values.data(),
                         .indices = indices.data()});
  const Found<T> expected = top_k_by_sorting(x, rows, k);
  BOOST_TEST(same_bits(values.numbers(), expected.values));
  BOOST_TEST(indices.numbers() == expected.indices, boost::test_tools::per_element());
  BOOST_TEST((values.intact() && indices.intact()));
}

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(finds_the_largest_k_of_every_row, T, NumberTypes) {
  for (const std::int64_t columns : kSizes)
    for (const std::int64_t rows : {0, 1, 33, 200})
      for (const std::int64_t k : {std::int64_t{1}, std::int64_t{2}, std::int64_t{5}, kLargestK})
        if (k <= columns)
          for (const int threads : kThreadCounts)
            check(normal_numbers<T>(rows * columns, 1), rows, columns, k, threads);
}

// Ties everywhere: every number is one of three.
BOOST_AUTO_TEST_CASE_TEMPLATE(the_lowest_column_goes_first_among_equals, T, NumberTypes) {
  for (const std::int64_t columns : {5, 64, 300}) {
    std::vector<T> x;
    for (const std::int32_t id : random_ids(10 * columns, 3, 1)) x.push_back(static_cast<T>(id));
    for (const std::int64_t k : {1, 3, 5}) check(x, 10, columns, k);
    check(std::vector<T>(columns, -kInfinity<T>), 1, columns, 5);
  }
  check<T>({0, -T(0), 0, -T(0)}, 1, 4, 4);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(nans_go_before_everything, T, NumberTypes) {
  const std::vector<T> x{7, kInfinity<T>, kNan<T>, -kInfinity<T>, kNan<T>, kInfinity<T>, 8, kNan<T>};
  for (const std::int64_t k : {1, 2, 3, 4, 8}) check(x, 1, 8, k);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(refuses_a_k_out_of_range, T, NumberTypes) {
  cpu::Context context;
  const auto refused = [&](std::int64_t columns, std::int64_t k) {
    BOOST_CHECK_EXCEPTION(top_k(context, TopK<T>{.rows = 3, .columns = columns, .k = k}),
                          std::invalid_argument, [&](const auto& error) {
                            const std::string what = error.what();
                            return what.starts_with("top_k: k is " + std::to_string(k) + " for x [3, " +
                                                    std::to_string(columns));
                          });
  };
  refused(10, 0);
  refused(10, -1);
  refused(10, 11);
  refused(100, 65);
  refused(0, 1);
}

}  // namespace favras::kernels
