// Which line of standard error is kept.
#include "apps/seq2seq/supervisor/trainer_process.h"

#include <initializer_list>

#include <boost/test/unit_test.hpp>

namespace favras::seq2seq {

namespace {

std::string last_line(std::initializer_list<std::string_view> parts) {
  LastLine line;
  for (const std::string_view part : parts) line.add(part);
  return line.text();
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_last_line_that_says_something) {
  BOOST_TEST(last_line({}) == "");
  BOOST_TEST(last_line({"one\ntwo\n"}) == "two");
  BOOST_TEST(last_line({"one\nt", "w", "o"}) == "two");
  BOOST_TEST(last_line({"one\n\n  \n"}) == "one");
  BOOST_TEST(last_line({"one\r\n"}) == "one");  // by a terminal
  BOOST_TEST(last_line({"seq2seq train: no such thing\nseq2seq train --help says more.\n"}) ==
             "seq2seq train: no such thing");
}

BOOST_AUTO_TEST_CASE(progress_is_drawn_over) {
  BOOST_TEST(last_line({"\rEpoch 1\x1b[K", "\rEpoch 2\x1b[K", "\r\x1b[K", "it failed\r\n"}) == "it failed");
  BOOST_TEST(last_line({"one\n\rEpoch 1\x1b[K\r\x1b[K"}) == "one");
  LastLine line;
  for (int i = 0; i < 1000; ++i) line.add("\rEpoch of a line that is never ended\x1b[K");
  line.add("\r\x1b[Kit failed\n");
  BOOST_TEST(line.text() == "it failed");
}

BOOST_AUTO_TEST_CASE(a_line_without_end_takes_no_room) {
  BOOST_TEST(last_line({std::string(100'000, 'x'), "\n"}).size() < 2000);
}

}  // namespace favras::seq2seq
