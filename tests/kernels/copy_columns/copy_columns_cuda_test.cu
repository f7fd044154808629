#include <boost/test/unit_test.hpp>

#include "kernels/copy_columns/copy_columns.h"
#include "tests/kernels/device_numbers.h"

namespace favras::kernels {

using namespace favras::test;

namespace {

template <class T>
void check(std::int64_t rows, std::int64_t columns, std::int64_t from_wider, std::int64_t to_wider,
           std::size_t shift = 0) {
  const std::int64_t from_width = columns + from_wider, to_width = columns + to_wider;
  const auto from = normal_numbers<T>(rows * from_width, 1), before = normal_numbers<T>(rows * to_width, 2);
  auto expected = before;
  for (std::int64_t row = 0; row < rows; ++row)
    std::copy_n(from.begin() + row * from_width, columns, expected.begin() + row * to_width);
  const DeviceNumbers<T> source(from, shift), to(before, shift);
  cuda::Context context;
  copy_columns(context, CopyColumns<T>{.rows = rows,
                                       .columns = columns,
                                       .from_width = from_width,
                                       .to_width = to_width,
                                       .from = source.data(),
                                       .to = to.data()});
  BOOST_TEST(same_bits(to.values(), expected));
  BOOST_TEST(to.intact());
}

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(copies_columns_on_cuda_and_leaves_the_others, T, CudaTypes) {
  for (const std::int64_t rows : {0, 1, 33})
    for (const std::int64_t columns : kColumnCounts) {
      check<T>(rows, columns, 0, 0);
      check<T>(rows, columns, 8, 16);
    }
}

// One odd width, or an odd address, forbids wide accesses.
BOOST_AUTO_TEST_CASE_TEMPLATE(copies_columns_on_cuda_at_any_distance, T, CudaTypes) {
  for (const std::int64_t columns : {32, 33})
    for (const std::int64_t wider : {1, 2, 3, 4}) {
      check<T>(5, columns, wider, 0);
      check<T>(5, columns, 0, wider);
      check<T>(5, columns, 8, 8, static_cast<std::size_t>(wider));
    }
}

}  // namespace favras::kernels
