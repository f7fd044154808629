// Rows between the order of time and of steps.
#include <boost/test/unit_test.hpp>

#include "kernels/lstm/reorder_cuda.h"
#include "tests/kernels/device_numbers.h"
#include "tests/simt/every_order.h"

namespace favras::kernels {

using namespace favras::test;

namespace {

constexpr std::int64_t kTime = 4;
const std::vector<std::int32_t> kLengths{4, 0, 1, 3, 2};

// NaNs past the rows' ends, which nobody may read.
template <class T>
std::vector<T> input(std::int64_t columns) {
  const std::int64_t batch = std::ssize(kLengths);
  std::vector<T> x = normal_numbers<T>(kTime * batch * columns, 1);
  for (std::int64_t row = 0; row < kTime * batch; ++row)
    if (row / batch >= kLengths[row % batch]) std::fill_n(x.begin() + row * columns, columns, kNan<T>);
  return x;
}

template <class T>
std::vector<T> expected(std::int64_t columns, bool reverse) {
  const std::int64_t batch = std::ssize(kLengths);
  const std::vector<T> x = input<T>(columns);
  std::vector<T> y(x.size(), T(0.0f));
  for (std::int64_t b = 0; b < batch; ++b)
    for (std::int64_t t = 0; t < kLengths[b]; ++t)
      std::copy_n(x.begin() + ((reverse ? kLengths[b] - 1 - t : t) * batch + b) * columns, columns,
                  y.begin() + (t * batch + b) * columns);
  return y;
}

template <class T>
std::vector<T> reordered(std::int64_t columns, bool reverse, std::size_t shift = 0) {
  const DeviceNumbers<T> from(input<T>(columns), shift);
  const DeviceNumbers<T> to(std::vector<T>(input<T>(columns).size(), kNan<T>), shift);
  const simt::DeviceArray<std::int32_t> lengths(kLengths);
  cuda::Context context;
  reorder_rows(context, cuda::ReorderRows<T>{.time = kTime,
                                             .batch = std::ssize(kLengths),
                                             .columns = columns,
                                             .reverse = reverse,
                                             .lengths = lengths.data(),
                                             .from = from.data(),
                                             .to = to.data()});
  BOOST_TEST((from.intact() && to.intact()));
  return to.values();
}

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(rows_are_reordered_either_way, T, CudaTypes) {
  for (const std::int64_t columns : kColumnCounts)
    for (const bool reverse : {false, true})
      BOOST_TEST(same_bits(reordered<T>(columns, reverse), expected<T>(columns, reverse)));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(rows_at_any_address_are_reordered, T, CudaTypes) {
  for (const std::size_t shift : {1, 2, 3})
    BOOST_TEST(same_bits(reordered<T>(64, true, shift), expected<T>(64, true)));
}

BOOST_AUTO_TEST_CASE(rows_are_reordered_the_same_in_every_order) {
  simt::same_in_every_order([] { return reordered<float>(33, true); });
}

}  // namespace favras::kernels
