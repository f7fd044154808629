// The first signal is a request, the second one an end.
#include "apps/seq2seq/interruption.h"

#include <csignal>

#include <boost/test/unit_test.hpp>

#include "tests/engine/storage/scratch.h"

namespace favras::seq2seq {

BOOST_AUTO_TEST_CASE(nothing_is_requested_before_a_signal) {
  const int end = test::in_child([] {
    watch_for_interruption();
    return interruption_requested() ? 1 : 0;
  });
  BOOST_TEST(end == 0);
}

BOOST_AUTO_TEST_CASE(the_first_signal_is_a_request) {
  for (const int signal : {SIGINT, SIGTERM}) {
    const int end = test::in_child([&] {
      watch_for_interruption();
      std::raise(signal);
      return interruption_requested() ? 0 : 1;
    });
    BOOST_TEST(end == 0);
  }
}

// A handler's frame on the stack of a thread inside a product would be written over the heap.
BOOST_AUTO_TEST_CASE(no_signal_reaches_a_thread_at_work) {
  for (const int signal : {SIGINT, SIGTERM}) {
    const int end = test::in_child([&] {
      watch_for_interruption();
#pragma omp parallel num_threads(3)
      for (int i = 0; i < 10; ++i) std::raise(signal);
      for (int i = 0; i < 10; ++i) std::raise(signal);
      return interruption_requested() ? 0 : 1;
    });
    BOOST_TEST(end == 0);
  }
}

BOOST_AUTO_TEST_CASE(the_second_signal_ends_the_process) {
  for (const int first : {SIGINT, SIGTERM})
    for (const int second : {SIGINT, SIGTERM}) {
      const int end = test::in_child([&] {
        watch_for_interruption();
        std::raise(first);
        if (interruption_requested()) std::raise(second);
        return 0;
      });
      BOOST_TEST(WIFSIGNALED(end));
      BOOST_TEST(WTERMSIG(end) == second);
    }
}

}  // namespace favras::seq2seq
