// Barrier mutation: without any one of its barriers, each example kernel goes wrong in some order of its
// threads, and is seen to.
#include <vector>

#include <boost/test/unit_test.hpp>

#include "tests/simt/device_array.h"
#include "tests/simt/every_barrier.h"
#include "tests/simt/examples/examples.h"

namespace {

using namespace favras::simt;
using namespace favras::simt_examples;

// Different everywhere, so that nothing is right by chance.
template <class T>
std::vector<T> some_values(std::size_t size) {
  std::vector<T> values(size);
  for (std::size_t i = 0; i < size; ++i) values[i] = static_cast<T>(1 + (i * 7919 + 13) % 1009);
  return values;
}

}  // namespace

BOOST_AUTO_TEST_CASE(tree_reduction_needs_its_two_barriers) {
  every_barrier_is_noticed(
      [] {
        const DeviceArray<float> from(some_values<float>(1000)), to(5);
        check(block_sums(from.data(), 1000, to.data(), 5, nullptr));
        return bytes(to.values());
      },
      2);
}

BOOST_AUTO_TEST_CASE(softmax_needs_its_two_barriers) {
  every_barrier_is_noticed(
      [] {
        std::vector<float> values = some_values<float>(300);
        for (float& value : values) value /= 1009;  // or else one exponential is the whole sum
        const DeviceArray<float> from(values), to(300);
        check(softmax(from.data(), 3, 100, to.data(), nullptr));
        return bytes(to.values());
      },
      2);
}

BOOST_AUTO_TEST_CASE(transposition_needs_its_barrier) {
  every_barrier_is_noticed(
      [] {
        const DeviceArray<float> from(some_values<float>(33 * 20)), to(33 * 20);
        check(transpose(from.data(), 33, 20, to.data(), nullptr));
        return bytes(to.values());
      },
      1);
}

BOOST_AUTO_TEST_CASE(normalisation_needs_its_block_and_its_grid_barrier) {
  every_barrier_is_noticed(
      [] {
        const DeviceArray<float> values(some_values<float>(900)), partial(3);
        check(normalise(values.data(), 900, partial.data(), 3, nullptr));
        return bytes(values.values());
      },
      2);
}

BOOST_AUTO_TEST_CASE(the_last_block_sum_needs_its_three_barriers) {
  every_barrier_is_noticed(
      [] {
        const DeviceArray<float> from(some_values<float>(700)), partial(4), sum(1);
        const DeviceArray<unsigned> finished(std::vector<unsigned>{0});
        check(last_block_sum(from.data(), 700, partial.data(), finished.data(), sum.data(), 4, nullptr));
        return bytes(sum.values());
      },
      3);
}

BOOST_AUTO_TEST_CASE(prefix_sums_need_their_four_barriers) {
  every_barrier_is_noticed(
      [] {
        const DeviceArray<int> from(some_values<int>(384)), to(384), carried(3);
        const DeviceArray<unsigned> flags(std::vector<unsigned>(3, 0));
        check(prefix_sums(from.data(), to.data(), carried.data(), flags.data(), 3, nullptr));
        return bytes(to.values());
      },
      4);
}
