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

BOOST_AUTO_TEST_CASE(the_second_signal_ends_the_process) {
  for (const int first : {SIGINT, SIGTERM})
    for (const int second : {SIGINT, SIGTERM}) {
      const int end = test::in_child([&] {
        watch_for_interruption();
        std::raise(first);
        std::raise(second);
        return 0;
      });
      BOOST_TEST(WIFSIGNALED(end));
      BOOST_TEST(WTERMSIG(end) == second);
    }
}

}  // namespace favras::seq2seq
