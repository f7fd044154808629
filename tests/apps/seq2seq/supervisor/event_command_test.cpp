// A user's command that works, fails, hangs.
#include "apps/seq2seq/supervisor/event_command.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "tests/engine/storage/scratch.h"

namespace favras::seq2seq {

namespace {

using namespace std::chrono_literals;

struct NothingBlocked {  // an inbox leaves its signals blocked
  NothingBlocked() {
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
  }
};

struct Place : test::ScratchDirectory {
  NothingBlocked nothing_blocked;
  SignalInbox inbox;
  std::vector<std::string> said;

  EventCommand command(const std::string& text, EventCommand::Clock::duration limit = 1h) {
    return {text, limit, inbox, [this](const std::string& line) { said.push_back(line); }};
  }
  // As the supervisor does: waits for a child's end or the deadline.
  void finish(EventCommand& command) {
    while (!command.is_idle()) {
      const auto left = command.deadline().value() - EventCommand::Clock::now();
      pollfd ready{inbox.descriptor(), POLLIN, 0};
      poll(&ready, 1, static_cast<int>(std::clamp<std::int64_t>(left / 1ms + 1, 0, 10'000)));
      while (inbox.next()) {
      }
      command.look_after();
    }
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(event_command, Place)

BOOST_AUTO_TEST_CASE(events_come_one_after_the_other) {
  const std::string file = (*this / "told").string();
  EventCommand told = command(fmt::format("cat >> {0}; echo . >> {0}", file));
  const std::string long_event(1'000'000, 'x');
  for (const std::string& event : {std::string("first\n"), std::string("second\n"), long_event})
    told.tell(event);
  BOOST_TEST(!told.is_idle());
  finish(told);
  BOOST_TEST(test::read_all(file) == "first\n.\nsecond\n.\n" + long_event + ".\n");
  BOOST_TEST(said.empty());
}

BOOST_AUTO_TEST_CASE(failures_are_said) {
  for (const auto& [text, line] : {std::pair("exit 3", "the event command failed with status 3"),
                                   std::pair("kill -9 $$", "the event command was ended by SIGKILL")}) {
    EventCommand fails = command(text);
    fails.tell("event");
    finish(fails);
    BOOST_TEST(said.back() == line);
  }
}

BOOST_AUTO_TEST_CASE(a_command_that_hangs_is_killed_with_what_it_started_and_the_next_one_runs) {
  prctl(PR_SET_CHILD_SUBREAPER, 1);  // what it started becomes our child
  EventCommand hangs = command("sleep 20 & wait", 50ms);
  hangs.tell("first\n");
  hangs.tell("second\n");
  finish(hangs);
  BOOST_TEST(said == (std::vector<std::string>(2, "the event command takes too long and is killed")),
             boost::test_tools::per_element());
  for (int i = 0; i < 2; ++i) {
    int status = 0;
    BOOST_TEST(waitpid(-1, &status, 0) > 0);
    BOOST_TEST(WIFSIGNALED(status));
  }
  prctl(PR_SET_CHILD_SUBREAPER, 0);
}

BOOST_AUTO_TEST_CASE(what_runs_ends_with_its_owner) {
  const int end = test::in_child([this] {
    { command("sleep 1000").tell("event"); }
    return waitpid(-1, nullptr, WNOHANG) == -1 && errno == ECHILD ? 0 : 1;
  });
  BOOST_TEST(end == 0);
}

BOOST_AUTO_TEST_CASE(signals_are_not_blocked_in_a_process) {  // sh would unblock them itself
  const std::string file = (*this / "mask").string();
  const int out = open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  const pid_t child = start_process(
      {.file = "/bin/grep", .words = {"grep", "SigBlk", "/proc/self/status"}, .out = out}, inbox);
  close(out);
  waitpid(child, nullptr, 0);
  BOOST_TEST(test::read_all(file) == "SigBlk:\t0000000000000000\n");
}

BOOST_AUTO_TEST_CASE(no_command_is_nothing) {
  EventCommand nothing = command("");
  nothing.tell("event");
  BOOST_TEST(nothing.is_idle());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace favras::seq2seq
