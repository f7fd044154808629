// Files in blocks of whole lines, on any number of threads.
#include "apps/seq2seq/data/block_reader.h"

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>

#include <boost/test/unit_test.hpp>

#include "tests/apps/seq2seq/data/data_test_support.h"

using namespace favras::seq2seq;
using namespace favras::seq2seq::testing;

// Two blocks fail at once, and one of them later than the other.
BOOST_AUTO_TEST_CASE(the_failure_of_the_earliest_block_is_thrown) {
  const TemporaryDirectory directory;
  const std::string block(kBlockBytes - 1, 'x');
  const auto file = directory.write("two blocks", block + '\n' + block + '\n');
  for (const bool first_is_late : {false, true}) {
    std::atomic<int> started = 0;
    const auto work = [&](int, const Block& failing) {
      const bool first = failing.first_line == 1;
      ++started;
      while (started < 2) std::this_thread::yield();
      if (first == first_is_late) std::this_thread::sleep_for(std::chrono::milliseconds(50));
      throw std::runtime_error(first ? "first" : "second");
    };
    BOOST_CHECK_EQUAL(message_of([&] { for_each_block({file}, 2, work); }), "first");
  }
}
