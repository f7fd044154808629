// The line on a terminal, and the silence elsewhere.
#include "apps/seq2seq/io/progress.h"

#include <cstdlib>
#include <fcntl.h>
#include <functional>
#include <string>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "tests/engine/storage/scratch.h"

namespace favras::seq2seq {

namespace {

// What `body` writes to a standard error that is a terminal.
std::string on_a_terminal(const std::function<void()>& body) {
  const int terminal = posix_openpt(O_RDWR | O_NOCTTY);
  BOOST_REQUIRE(terminal >= 0);
  BOOST_REQUIRE(grantpt(terminal) == 0);
  BOOST_REQUIRE(unlockpt(terminal) == 0);
  const int writer = open(ptsname(terminal), O_RDWR | O_NOCTTY);
  BOOST_REQUIRE(writer >= 0);
  const int end = test::in_child([&] {
    dup2(writer, STDERR_FILENO);
    body();
    return 0;
  });
  BOOST_TEST(end == 0);
  std::string text(4096, '\0');  // a terminal holds as much without a reader
  const ssize_t size = write(writer, "\n", 1) == 1 ? read(terminal, text.data(), text.size()) : 0;
  close(writer);
  close(terminal);
  text.resize(static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
  return text.substr(0, text.rfind("\r\n"));  // the end just written, as a terminal has it
}

}  // namespace

BOOST_AUTO_TEST_CASE(durations) {
  BOOST_TEST(format_duration(0) == "0s");
  BOOST_TEST(format_duration(7.9) == "7s");
  BOOST_TEST(format_duration(60) == "1m00s");
  BOOST_TEST(format_duration(4 * 60 + 5) == "4m05s");
  BOOST_TEST(format_duration(3599) == "59m59s");
  BOOST_TEST(format_duration(2 * 3600 + 3 * 60 + 59) == "2h03m");
  BOOST_TEST(format_duration(100 * 3600) == "100h00m");
}

BOOST_AUTO_TEST_CASE(a_terminal_shows_one_line_and_clears_it) {
  BOOST_TEST(on_a_terminal([] {
               Progress progress;
               progress.show("12%  345 lines/s");
               progress.show("13%");  // too soon
             }) == "\r12%  345 lines/s\x1b[K\r\x1b[K");
  BOOST_TEST(on_a_terminal([] {
               Progress progress;
               progress.show(3, 4, 100, 32453, 190.4, 0.0531, 7380);
             }) ==
             "\r[##########          ] 3/4  100/32453  190 lines/s  loss 0.053  2h03m left\x1b[K\r\x1b[K");
  BOOST_TEST(on_a_terminal([] {
               Progress progress;
               progress.show(1, 60, 1, 79, 12345.6, 3.2958, -1);  // the time left is not known yet
               progress.clear();
               progress.clear();
             }) == "\r[                    ] 1/60  1/79  12346 lines/s  loss 3.296  \x1b[K\r\x1b[K");
  BOOST_TEST(on_a_terminal([] { Progress progress; }) == "");
  BOOST_TEST(on_a_terminal([] { Progress(false).show("text"); }) == "");
  BOOST_TEST(on_a_terminal([] { Progress().show(std::string(200, 'x')); }) ==
             "\r" + std::string(79, 'x') + "\x1b[K\r\x1b[K");
}

BOOST_AUTO_TEST_CASE(speed_and_what_is_left) {
  BOOST_TEST(Speedometer(0).text(12, 345).starts_with("12 lines  "));
  BOOST_TEST(Speedometer(400).text(12, 0).starts_with("12 lines  "));  // the first took nothing
  const std::string half = Speedometer(400).text(12, 200), all = Speedometer(400).text(24, 401);
  BOOST_TEST(half.starts_with("50%  "), half);
  BOOST_TEST(half.ends_with(" lines/s  0s left"), half);
  BOOST_TEST(all.starts_with("100%  "), all);
}

BOOST_AUTO_TEST_CASE(elsewhere_nothing_is_shown) {
  const test::ScratchDirectory scratch;
  const int end = test::in_child([&] {
    if (!std::freopen((scratch / "err").c_str(), "w", stderr)) return 1;
    Progress progress;
    progress.show(3, 4, 100, 32453, 190.4, 0.0531, 7380);
    progress.clear();
    return 0;
  });
  BOOST_TEST(end == 0);
  BOOST_TEST(test::read_all(scratch / "err") == "");
}

}  // namespace favras::seq2seq
