// The example kernels give the right results, and the same bits in every order of their threads.
#include "tests/simt/examples/examples.h"

#include <cmath>
#include <numeric>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "tests/simt/device_array.h"
#include "tests/simt/every_order.h"

namespace {

using namespace favras::simt;
using namespace favras::simt_examples;

std::vector<float> some_floats(std::size_t size) {
  std::vector<float> values(size);
  for (std::size_t i = 0; i < size; ++i) values[i] = static_cast<float>((i * 7919 + 13) % 1000) / 500 - 0.9f;
  return values;
}

double sum(const std::vector<float>& values) { return std::accumulate(values.begin(), values.end(), 0.0); }

}  // namespace

BOOST_AUTO_TEST_CASE(block_sums_are_right_in_every_order) {
  const auto values = some_floats(1000);
  const auto sums = same_in_every_order([&] {
    const DeviceArray<float> from(values), to(5);
    check(block_sums(from.data(), 1000, to.data(), 5, nullptr));
    return to.values();
  });
  BOOST_TEST(sum(sums) == sum(values), boost::test_tools::tolerance(1e-5));
}

BOOST_AUTO_TEST_CASE(warp_sums_are_right_in_every_order) {
  std::vector<int> values(8 * 32);
  std::iota(values.begin(), values.end(), -40);
  const auto sums = same_in_every_order([&] {
    const DeviceArray<int> from(values), to(8);
    check(warp_sums(from.data(), 8, to.data(), nullptr));
    return to.values();
  });
  for (int warp = 0; warp < 8; ++warp) BOOST_TEST(sums[warp] == 32 * (32 * warp - 40) + 31 * 16);
}

BOOST_AUTO_TEST_CASE(softmax_is_right_in_every_order) {
  constexpr unsigned kRows = 3, kColumns = 101;
  const auto values = some_floats(kRows * kColumns);
  const auto result = same_in_every_order([&] {
    const DeviceArray<float> from(values), to(values.size());
    check(softmax(from.data(), kRows, kColumns, to.data(), nullptr));
    return to.values();
  });
  for (unsigned row = 0; row < kRows; ++row) {
    double total = 0;
    for (unsigned i = 0; i < kColumns; ++i) total += std::exp(double{values[row * kColumns + i]});
    for (unsigned i = 0; i < kColumns; ++i) {
      const std::size_t at = row * kColumns + i;
      BOOST_TEST(double{result[at]} == std::exp(double{values[at]}) / total,
                 boost::test_tools::tolerance(1e-5));
    }
  }
}

BOOST_AUTO_TEST_CASE(transposition_is_right_in_every_order) {
  const auto values = some_floats(33 * 20);
  const auto result = same_in_every_order([&] {
    const DeviceArray<float> from(values), to(values.size());
    check(transpose(from.data(), 33, 20, to.data(), nullptr));
    return to.values();
  });
  for (unsigned row = 0; row < 33; ++row) {
    for (unsigned column = 0; column < 20; ++column) {
      BOOST_TEST(result[column * 33 + row] == values[row * 20 + column]);
    }
  }
}

BOOST_AUTO_TEST_CASE(cooperative_normalisation_is_right_in_every_order) {
  const auto values = some_floats(900);
  const auto result = same_in_every_order([&] {
    const DeviceArray<float> data(values), partial(3);
    check(normalise(data.data(), 900, partial.data(), 3, nullptr));
    return data.values();
  });
  const double total = sum(values);
  for (std::size_t i = 0; i < values.size(); ++i) {
    BOOST_TEST(double{result[i]} == values[i] / total, boost::test_tools::tolerance(1e-4));
  }
}

BOOST_AUTO_TEST_CASE(the_last_block_sums_in_every_order) {
  const auto values = some_floats(700);
  const auto result = same_in_every_order([&] {
    const DeviceArray<float> from(values), partial(4), total(1);
    const DeviceArray<unsigned> finished(std::vector<unsigned>{0});
    check(last_block_sum(from.data(), 700, partial.data(), finished.data(), total.data(), 4, nullptr));
    BOOST_TEST(finished.values()[0] == 0u);
    return total.values();
  });
  BOOST_TEST(double{result[0]} == sum(values), boost::test_tools::tolerance(1e-5));
}

BOOST_AUTO_TEST_CASE(blocks_pass_sums_on_in_every_order) {
  std::vector<int> values(3 * 128);
  std::iota(values.begin(), values.end(), -100);
  const auto result = same_in_every_order([&] {
    const DeviceArray<int> from(values), to(values.size()), carried(3);
    const DeviceArray<unsigned> flags(std::vector<unsigned>(3, 0));
    check(prefix_sums(from.data(), to.data(), carried.data(), flags.data(), 3, nullptr));
    return to.values();
  });
  std::partial_sum(values.begin(), values.end(), values.begin());
  BOOST_TEST(result == values, boost::test_tools::per_element());
}
