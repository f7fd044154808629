// Work on several threads: results in order, and failures that end it.
#include "apps/seq2seq/data/parallel.h"

#include <atomic>
#include <chrono>
#include <numeric>
#include <stdexcept>

#include <boost/test/unit_test.hpp>

#include "tests/apps/seq2seq/data/data_test_support.h"

using namespace favras::seq2seq;
using namespace favras::seq2seq::testing;

namespace {

using Indices = std::vector<std::size_t>;

Indices first(std::size_t count) {
  Indices indices(count);
  std::iota(indices.begin(), indices.end(), std::size_t{0});
  return indices;
}

}  // namespace

BOOST_AUTO_TEST_CASE(results_are_taken_in_order) {
  for (const int threads : {1, 2, 5}) {
    for (const std::size_t count : {0, 1, 4, 1000}) {
      Indices taken;
      make_in_order(
          count, threads, [](std::size_t index) { return index; },
          [&](std::size_t index) { taken.push_back(index); });
      BOOST_CHECK(taken == first(count));
    }
  }
}

// Result 4 waits for its turn when the making of 3 fails.
BOOST_AUTO_TEST_CASE(a_failure_ends_those_that_wait) {
  Indices taken;
  std::atomic<bool> made_4 = false;
  const std::string message = message_of([&] {
    make_in_order(
        10, 2,
        [&](std::size_t index) {
          if (index == 3) {
            while (!made_4) std::this_thread::yield();
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
            throw std::runtime_error("not 3");
          }
          if (index == 4) made_4 = true;
          return index;
        },
        [&](std::size_t index) { taken.push_back(index); });
  });
  BOOST_CHECK_EQUAL(message, "not 3");
  BOOST_CHECK(taken == first(3));
}

BOOST_AUTO_TEST_CASE(nothing_is_taken_after_a_failure_to_take) {
  for (const int threads : {1, 3}) {
    Indices taken;
    const std::string message = message_of([&] {
      make_in_order(
          100, threads, [](std::size_t index) { return index; },
          [&](std::size_t index) {
            if (index == 20) throw std::runtime_error("full");
            taken.push_back(index);
          });
    });
    BOOST_CHECK_EQUAL(message, "full");
    BOOST_CHECK(taken == first(20));
  }
}

BOOST_AUTO_TEST_CASE(every_thread_runs_and_a_failure_is_thrown_on) {
  std::atomic<int> sum = 0;
  run_on_threads(4, [&](int thread) { sum += 1 << thread; });
  BOOST_CHECK_EQUAL(sum, 15);
  sum = 0;
  const auto failing = [&](int thread) {
    if (thread == 2) throw std::runtime_error("two");
    sum += 1 << thread;
  };
  BOOST_CHECK_EQUAL(message_of([&] { run_on_threads(4, failing); }), "two");
  BOOST_CHECK_EQUAL(sum, 11);
}
