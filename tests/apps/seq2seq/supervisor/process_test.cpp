// Processes start as if there had been no inbox, and a signal waits in it until it is asked for.
#include "apps/seq2seq/supervisor/process.h"

#include <csignal>
#include <sys/wait.h>

#include <boost/test/unit_test.hpp>

#include "tests/engine/storage/scratch.h"

namespace favras::seq2seq {

BOOST_AUTO_TEST_CASE(signals_are_not_blocked_in_a_process) {  // sh would unblock them itself
  const test::ScratchDirectory place;
  const std::string copy = (place / "status").string();
  const int end = test::in_child([&] {
    const SignalInbox inbox;
    const pid_t child = start_process({.file = "/bin/cp", .words = {"cp", "/proc/self/status", copy}}, inbox);
    return waitpid(child, nullptr, 0) == child ? 0 : 1;
  });
  BOOST_TEST(end == 0);
  BOOST_TEST(test::contains(test::read_all(copy), "SigBlk:\t0000000000000000\n"));
}

BOOST_AUTO_TEST_CASE(a_signal_waits_until_the_inbox_lets_go) {
  const auto signalled_with = [](bool lets_go) {
    return test::in_child([lets_go] {
      SignalInbox inbox;
      std::raise(SIGTERM);
      if (inbox.next() != SIGTERM || inbox.next()) return 1;
      std::raise(SIGTERM);
      if (lets_go) inbox.let_go();  // it has come before
      return 0;
    });
  };
  BOOST_TEST(signalled_with(false) == 0);
  BOOST_TEST(signalled_with(true) == 0);
  const int end = test::in_child([] {
    SignalInbox inbox;
    inbox.let_go();
    std::raise(SIGTERM);
    return 0;
  });
  BOOST_TEST(end != 0);
}

}  // namespace favras::seq2seq
