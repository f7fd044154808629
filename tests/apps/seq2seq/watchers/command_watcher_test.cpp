// A command for each event: what it gets, and that it cannot hold up or end a training.
#include "apps/seq2seq/watchers/command_watcher.h"

#include <csignal>
#include <fcntl.h>
#include <string>
#include <unistd.h>

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include "tests/engine/storage/scratch.h"

namespace favras::seq2seq {
namespace {

using test::read_all;
using namespace std::chrono_literals;

struct Place : test::ScratchDirectory {
  std::string at(const char* name) const { return "'" + (*this / name).string() + "'"; }
};

BOOST_FIXTURE_TEST_CASE(it_gets_each_event_in_order, Place) {
  std::string expected;
  {
    CommandWatcher watcher("cat >> " + at("told"));
    for (int step = 0; step < 20; ++step) {
      const boost::json::object event{{"event", "progress"}, {"step", step}};
      watcher.event(event);
      expected += boost::json::serialize(event) + "\n";
    }
    watcher.failed("out of memory");
  }
  BOOST_TEST(read_all(*this / "told") == expected + "{\"event\":\"failed\",\"reason\":\"out of memory\"}\n");
}

BOOST_FIXTURE_TEST_CASE(a_slow_one_is_killed_with_all_it_started, Place) {
  test::write_all(*this / "child", "");
  CommandWatcher watcher("sleep 1000 & echo $! > " + at("child") + "; wait", 300ms);
  watcher.event({{"event", "progress"}});
  watcher.event({{"event", "progress"}});  // waits for its turn; nothing here waits
  while (read_all(*this / "child").find('\n') == std::string::npos) std::this_thread::sleep_for(5ms);
  const pid_t child = std::stoi(read_all(*this / "child"));
  while (::kill(child, 0) == 0) std::this_thread::sleep_for(5ms);
}

BOOST_FIXTURE_TEST_CASE(the_end_does_not_wait_for_ever, Place) {
  CommandWatcher watcher("sleep 1000", 200ms);
  for (int i = 0; i < 100; ++i) watcher.event({{"event", "progress"}});
}  // would be 20 seconds

BOOST_FIXTURE_TEST_CASE(what_fails_is_nothing_to_the_training, Place) {
  {
    CommandWatcher watcher("cat >> " + at("told") + "; exit 3");
    watcher.event({{"event", "a"}});
    watcher.event({{"event", "b"}});
  }
  BOOST_TEST(read_all(*this / "told") == "{\"event\":\"a\"}\n{\"event\":\"b\"}\n");
}

// What a command's failures come to on standard error.
std::string said(const std::string& command, int events, std::chrono::milliseconds limit = 10s) {
  const test::ScratchDirectory place;
  const int file = ::open((place / "said").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  const int before = ::dup(STDERR_FILENO);
  ::dup2(file, STDERR_FILENO);
  {
    CommandWatcher watcher(command, limit);
    for (int i = 0; i < events; ++i) watcher.event({{"event", "a"}});
  }
  ::dup2(before, STDERR_FILENO);
  ::close(before);
  ::close(file);
  return read_all(place / "said");
}

BOOST_AUTO_TEST_CASE(failures_are_said_once_and_counted) {
  const std::string more = "; if it fails again, the end tells how often\n";
  BOOST_TEST(said("true", 3) == "");
  BOOST_TEST(said("exit 3", 1) == "--on-event: it failed with status 3" + more);
  BOOST_TEST(said("exit 3", 5) ==
             "--on-event: it failed with status 3" + more + "--on-event: it failed 5 times in all\n");
  BOOST_TEST(said("kill -SEGV $$", 1) == "--on-event: it was ended by SIGSEGV" + more);
  BOOST_TEST(said("sleep 1000", 1, 50ms) == "--on-event: it took too long and was killed" + more);
}

}  // namespace
}  // namespace favras::seq2seq
