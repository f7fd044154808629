// Barrier mutation: without any one of its barriers, each example kernel goes wrong in some order of its
// threads, and is seen to.
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "tests/simt/device_array.h"
#include "tests/simt/every_order.h"
#include "tests/simt/examples/examples.h"
#include "tests/simt/site.h"

namespace {

using namespace favras::simt;
using namespace favras::simt_examples;

// Runs a kernel and gives its results' bits.
using Run = std::function<std::vector<std::byte>()>;

template <class T>
std::vector<std::byte> bytes(const DeviceArray<T>& array) {
  const std::vector<T> values = array.values();
  std::vector<std::byte> raw(values.size() * sizeof(T));
  std::memcpy(raw.data(), values.data(), raw.size());
  return raw;
}

// Different everywhere, so that nothing is right by chance.
template <class T>
std::vector<T> some_values(std::size_t size) {
  std::vector<T> values(size);
  for (std::size_t i = 0; i < size; ++i) values[i] = static_cast<T>(1 + (i * 7919 + 13) % 1009);
  return values;
}

std::string name_of(const BarrierSite& barrier) {
  return fmt::format("{} at {}:{}", name(barrier.kind), barrier.site.file, barrier.site.line);
}

// Whether some order of the threads shows the loss of the barrier.
bool is_noticed(const BarrierSite& barrier, const Run& run, const std::vector<std::byte>& right) {
  const ScopedOptions restored(options());
  for (Options option : every_order(5)) {
    option.elided = {barrier.site.file, barrier.site.line};
    options() = option;
    try {
      if (run() != right) return true;
    } catch (const KernelFault&) {
      return true;
    }
  }
  return false;
}

// Fences order memory, and here all memory is in order: their loss is ThreadSanitizer's to see.
void every_barrier_is_noticed(const Run& run, std::size_t barriers) {
  forget_barrier_sites();
  const std::vector<std::byte> right = run();
  const std::vector<BarrierSite> sites = barrier_sites();
  std::size_t tried = 0;
  for (const BarrierSite& barrier : sites) {
    if (barrier.kind == Collective::kFence) continue;
    ++tried;
    BOOST_TEST(is_noticed(barrier, run, right), name_of(barrier) << " can be left out");
  }
  BOOST_TEST(tried == barriers);
}

}  // namespace

BOOST_AUTO_TEST_CASE(tree_reduction_needs_its_two_barriers) {
  every_barrier_is_noticed(
      [] {
        const DeviceArray<float> from(some_values<float>(1000)), to(5);
        check(block_sums(from.data(), 1000, to.data(), 5, nullptr));
        return bytes(to);
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
        return bytes(to);
      },
      2);
}

BOOST_AUTO_TEST_CASE(transposition_needs_its_barrier) {
  every_barrier_is_noticed(
      [] {
        const DeviceArray<float> from(some_values<float>(33 * 20)), to(33 * 20);
        check(transpose(from.data(), 33, 20, to.data(), nullptr));
        return bytes(to);
      },
      1);
}

BOOST_AUTO_TEST_CASE(normalisation_needs_its_block_and_its_grid_barrier) {
  every_barrier_is_noticed(
      [] {
        const DeviceArray<float> values(some_values<float>(900)), partial(3);
        check(normalise(values.data(), 900, partial.data(), 3, nullptr));
        return bytes(values);
      },
      2);
}

BOOST_AUTO_TEST_CASE(the_last_block_sum_needs_its_three_barriers) {
  every_barrier_is_noticed(
      [] {
        const DeviceArray<float> from(some_values<float>(700)), partial(4), sum(1);
        const DeviceArray<unsigned> finished(std::vector<unsigned>{0});
        check(last_block_sum(from.data(), 700, partial.data(), finished.data(), sum.data(), 4, nullptr));
        return bytes(sum);
      },
      3);
}

BOOST_AUTO_TEST_CASE(prefix_sums_need_their_four_barriers) {
  every_barrier_is_noticed(
      [] {
        const DeviceArray<int> from(some_values<int>(384)), to(384), carried(3);
        const DeviceArray<unsigned> flags(std::vector<unsigned>(3, 0));
        check(prefix_sums(from.data(), to.data(), carried.data(), flags.data(), 3, nullptr));
        return bytes(to);
      },
      4);
}
