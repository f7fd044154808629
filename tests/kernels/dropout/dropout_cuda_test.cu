// Dropout on CUDA gives the CPU's bits.
#include <boost/test/unit_test.hpp>

#include "kernels/dropout/dropout.h"
#include "tests/kernels/device_numbers.h"
#include "tests/simt/every_order.h"

namespace favras::kernels {

using namespace favras::test;

namespace {

const StepState kState{.seed = 0x123456789abcdef0, .step = 0x500000007};

// Rounded once, after the product.
template <class T>
std::vector<T> on_cpu(const std::vector<T>& numbers, std::int64_t rows, std::int64_t columns, float keep) {
  const auto x = widened(numbers);
  auto y = x;
  cpu::Context context;
  dropout(context, Dropout<Accumulate<T>>{.rows = rows,
                                          .columns = columns,
                                          .mask = {.keep = keep, .stream = 3, .state = &kState},
                                          .x = x.data(),
                                          .y = y.data()});
  return rounded<T>(y);
}

template <class T>
std::vector<T> on_cuda(const std::vector<T>& x, std::int64_t rows, std::int64_t columns, float keep,
                       bool in_place, std::size_t shift = 0) {
  const DeviceNumbers<T> from(x, shift), to(std::vector<T>(x.size(), kNan<T>), shift);
  const simt::DeviceArray<StepState> state(std::vector<StepState>{kState});
  cuda::Context context;
  dropout(context, Dropout<T>{.rows = rows,
                              .columns = columns,
                              .mask = {.keep = keep, .stream = 3, .state = keep < 1 ? state.data() : nullptr},
                              .x = from.data(),
                              .y = in_place ? from.data() : to.data()});
  BOOST_TEST((from.intact() && to.intact()));
  return in_place ? from.values() : to.values();
}

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(dropout_has_the_cpus_bits, T, CudaTypes) {
  for (const std::int64_t rows : kRowCounts)
    for (const std::int64_t columns : kColumnCounts)
      for (const float keep : {1e-12f, 0.7f, 0.99999994f, 1.0f}) {
        const auto x = normal_numbers<T>(rows * columns, 1);
        const auto expected = on_cpu(x, rows, columns, keep);
        for (const bool in_place : {false, true})
          BOOST_TEST(same_bits(on_cuda(x, rows, columns, keep, in_place), expected));
      }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(dropout_takes_any_address, T, CudaTypes) {
  const auto x = normal_numbers<T>(9 * 64, 1);
  for (const std::size_t shift : {1, 2, 3})
    BOOST_TEST(same_bits(on_cuda(x, 9, 64, 0.5f, false, shift), on_cpu(x, 9, 64, 0.5f)));
}

// More than the blocks of the grid do in one turn, with rows of whole blocks and without.
BOOST_AUTO_TEST_CASE_TEMPLATE(dropout_loops_over_what_exceeds_the_grid, T, CudaTypes) {
  for (const std::int64_t columns : {72, 73}) {
    const auto x = normal_numbers<T>(250 * columns, 1);
    BOOST_TEST(same_bits(on_cuda(x, 250, columns, 0.5f, true), on_cpu(x, 250, columns, 0.5f)));
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(dropped_or_kept_a_nan_stays, T, CudaTypes) {
  for (const std::int64_t columns : {64, 65})
    BOOST_TEST(all_nan<T>(on_cuda(std::vector<T>(5 * columns, kNan<T>), 5, columns, 0.5f, false)));
}

BOOST_AUTO_TEST_CASE(dropout_is_the_same_in_every_order) {
  const auto x = normal_numbers<float>(7 * 33, 1);
  simt::same_in_every_order([&] { return on_cuda(x, 7, 33, 0.7f, true); });
}

}  // namespace favras::kernels
