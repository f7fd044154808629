// top_k on CUDA against a stable sort.
#include <stdexcept>

#include <boost/test/unit_test.hpp>

#include "kernels/top_k/top_k.h"
#include "tests/kernels/device_numbers.h"
#include "tests/kernels/top_k/top_k_reference.h"
#include "tests/simt/every_barrier.h"

namespace favras::kernels {

using namespace favras::test;

namespace {

template <class T>
Found<Accumulate<T>> on_cuda(const std::vector<T>& x, std::int64_t rows, std::int64_t columns, std::int64_t k,
                             std::size_t shift = 0) {
  using A = Accumulate<T>;
  const DeviceNumbers<T> from(x, shift);
  const DeviceNumbers<A> values(std::vector<A>(rows * k, A(-1)));
  const DeviceNumbers<std::int32_t> indices(std::vector<std::int32_t>(rows * k, -1));
  cuda::Context context;
  top_k(context, TopK<T>{.rows = rows,
                         .columns = columns,
                         .k = k,
                         .x = from.data(),
                         .values = values.data(),
                         .indices = indices.data()});
  BOOST_TEST((from.intact() && values.intact() && indices.intact()));
  return {values.values(), indices.values()};
}

template <class T>
void check(const std::vector<T>& x, std::int64_t rows, std::int64_t columns, std::int64_t k,
           std::size_t shift = 0) {
  const auto actual = on_cuda(x, rows, columns, k, shift);
  const auto expected = top_k_by_sorting(widened(x), rows, k);
  BOOST_TEST(same_bits(actual.values, expected.values));
  BOOST_TEST(actual.indices == expected.indices, boost::test_tools::per_element());
}

template <class T>
void check_random(std::int64_t rows, std::int64_t columns, std::int64_t k, std::size_t shift = 0) {
  check(normal_numbers<T>(rows * columns, 1), rows, columns, k, shift);
}

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(top_k_on_cuda_finds_the_largest, T, CudaTypes) {
  for (const std::int64_t rows : kRowCounts)
    for (const std::int64_t columns : kColumnCounts)
      for (const std::int64_t k : {std::int64_t{1}, std::int64_t{4}, std::min(columns, kLargestK)})
        if (k >= 1 && k <= columns) check_random<T>(rows, columns, k);
}

// From about a thousand columns on, a block takes a row; nine rows are more than the blocks of the grid.
BOOST_AUTO_TEST_CASE_TEMPLATE(top_k_on_cuda_takes_long_rows, T, CudaTypes) {
  for (const std::int64_t columns : {1024, 1025}) check_random<T>(9, columns, 3);
  if (kSanitized) return;
  for (const std::int64_t columns : {1023, 2500}) check_random<T>(9, columns, 7);
  check_random<T>(2, 1025, kLargestK);
  check_random<T>(2, 100'000, 10);
  check_random<T>(2, 99'999, 10);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(top_k_on_cuda_takes_any_address, T, CudaTypes) {
  for (const std::size_t shift : {1, 2, 3}) {
    check_random<T>(4, 80, 5, shift);
    check_random<T>(4, 1104, 5, shift);
  }
}

// All that is found is one thread's, in the order of its columns and against it.
BOOST_AUTO_TEST_CASE_TEMPLATE(top_k_on_cuda_finds_runs, T, CudaTypes) {
  for (const std::int64_t columns : {128, 129, 1200, 1201}) {
    std::vector<T> rising, falling;
    for (std::int64_t c = 0; c < columns; ++c) {
      rising.push_back(T(static_cast<Accumulate<T>>(c / 8)));
      falling.push_back(T(static_cast<Accumulate<T>>((columns - c) / 8)));
    }
    check(rising, 1, columns, kLargestK);
    check(falling, 1, columns, kLargestK);
  }
}

// Ties everywhere: every number is one of three.
BOOST_AUTO_TEST_CASE_TEMPLATE(top_k_on_cuda_takes_the_lowest_column_first, T, CudaTypes) {
  for (const std::int64_t columns : {64, 65, 300, 1100, 1101}) {
    std::vector<T> x;
    for (const std::int32_t id : random_ids(10 * columns, 3, 1))
      x.push_back(T(static_cast<Accumulate<T>>(id)));
    check(x, 10, columns, kSanitized ? 5 : 20);
    check(std::vector<T>(columns, kMinusInfinity<T>), 1, columns, 20);
  }
  check<T>({T(0.0f), T(-0.0f), T(0.0f), T(-0.0f)}, 1, 4, 4);
}

// The first of them more than are wanted, then fewer.
BOOST_AUTO_TEST_CASE_TEMPLATE(top_k_on_cuda_takes_nans_first, T, CudaTypes) {
  for (const std::int64_t columns : {300, 304, 1301})
    for (const std::int64_t first : {0, 1, 31, 255, 299}) {
      auto x = normal_numbers<T>(columns, 1);
      x[0] = kInfinity<T>;
      x[2] = kMinusInfinity<T>;
      for (std::int64_t c = first; c < columns; c += 7) x[c] = kNan<T>;
      check(x, 1, columns, 20);
    }
}

BOOST_AUTO_TEST_CASE(top_k_on_cuda_refuses_a_k_out_of_range) {
  cuda::Context context;
  BOOST_CHECK_THROW(top_k(context, TopK<float>{.rows = 3, .columns = 10, .k = 11}), std::invalid_argument);
  BOOST_CHECK_THROW(top_k(context, TopK<bfloat16>{.rows = 3, .columns = 100, .k = 65}),
                    std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(top_k_on_cuda_is_the_same_in_every_order) {
  for (const std::int64_t columns : {99, 1100}) {
    const auto x = normal_numbers<float>(9 * columns, 1);
    simt::same_in_every_order([&] { return on_cuda(x, 9, columns, 2).indices; });
  }
}

BOOST_AUTO_TEST_CASE(top_k_on_cuda_needs_its_two_barriers, *kLeavesOutBarriers) {
  const auto x = normal_numbers<float>(12 * 1100, 1);
  simt::every_barrier_is_noticed([&] { return simt::bytes(on_cuda(x, 12, 1100, 5).indices); }, 2);
}

}  // namespace favras::kernels
