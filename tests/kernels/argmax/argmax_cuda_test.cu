// Argmax on CUDA finds the CPU's columns.
#include <boost/test/unit_test.hpp>

#include "kernels/argmax/argmax.h"
#include "tests/kernels/device_numbers.h"
#include "tests/simt/every_barrier.h"

namespace favras::kernels {

using namespace favras::test;

namespace {

template <class T>
std::vector<std::int32_t> on_cuda(const std::vector<T>& x, std::int64_t rows, std::size_t shift = 0) {
  const DeviceNumbers<T> from(x, shift);
  const DeviceNumbers<std::int32_t> index(std::vector<std::int32_t>(rows, -1));
  cuda::Context context;
  argmax(context, Argmax<T>{.rows = rows,
                            .columns = static_cast<std::int64_t>(x.size()) / std::max<std::int64_t>(1, rows),
                            .x = from.data(),
                            .index = index.data()});
  BOOST_TEST(index.intact());
  return index.values();
}

template <class T>
std::vector<std::int32_t> on_cpu(const std::vector<T>& numbers, std::int64_t rows) {
  const auto x = widened(numbers);
  std::vector<std::int32_t> index(rows);
  cpu::Context context;
  argmax(context, Argmax<Accumulate<T>>{
                      .rows = rows,
                      .columns = static_cast<std::int64_t>(x.size()) / std::max<std::int64_t>(1, rows),
                      .x = x.data(),
                      .index = index.data()});
  return index;
}

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(argmax_finds_the_cpus_columns, T, CudaTypes) {
  for (const std::int64_t rows : {0, 1, 3, 20})
    for (const std::int64_t columns : kColumnCounts) {
      if (columns == 0) continue;
      const auto x = normal_numbers<T>(rows * columns, 1);
      BOOST_TEST(on_cuda(x, rows) == on_cpu(x, rows), boost::test_tools::per_element());
    }
}

// Ties everywhere: every number is one of three.
BOOST_AUTO_TEST_CASE_TEMPLATE(argmax_gives_ties_to_the_lowest_column, T, CudaTypes) {
  for (const std::int64_t columns : {5, 300, 1100, 1101}) {
    std::vector<T> x;
    for (const std::int32_t id : random_ids(10 * columns, 3, 1))
      x.push_back(T(static_cast<Accumulate<T>>(id)));
    BOOST_TEST(on_cuda(x, 10) == on_cpu(x, 10), boost::test_tools::per_element());
    BOOST_TEST(on_cuda(std::vector<T>(columns, kMinusInfinity<T>), 1)[0] == 0);
  }
  BOOST_TEST(on_cuda(rounded<T>({0, -Accumulate<T>(0)}), 1)[0] == 0);
  BOOST_TEST(on_cuda<T>({kMinusInfinity<T>, T(-5), kInfinity<T>, kInfinity<T>}, 1)[0] == 2);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(argmax_finds_the_first_nan, T, CudaTypes) {
  for (const std::int64_t columns : {300, 1301})
    for (const std::int64_t first : {0, 1, 31, 32, 255, 299}) {
      auto x = normal_numbers<T>(columns, 1);
      x[0] = kInfinity<T>;
      for (std::int64_t c = first; c < columns; c += 7) x[c] = kNan<T>;
      BOOST_TEST(on_cuda(x, 1)[0] == first);
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(argmax_takes_any_address, T, CudaTypes) {
  const auto x = normal_numbers<T>(3 * 400, 1);
  for (const std::size_t shift : {1, 2, 3})
    BOOST_TEST(on_cuda(x, 3, shift) == on_cpu(x, 3), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(argmax_is_the_same_in_every_order) {
  const auto x = normal_numbers<float>(20 * 99, 1);
  simt::same_in_every_order([&] { return on_cuda(x, 20); });
}

// More rows than blocks, or else none is reused.
BOOST_AUTO_TEST_CASE(argmax_needs_its_two_barriers, *kLeavesOutBarriers) {
  const auto x = normal_numbers<float>(30 * 257, 1);
  simt::every_barrier_is_noticed([&] { return simt::bytes(on_cuda(x, 30)); }, 2);
}

}  // namespace favras::kernels
