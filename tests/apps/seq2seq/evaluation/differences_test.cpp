// Marks and colours of differences, and when there are colours.
#include "apps/seq2seq/evaluation/differences.h"

#include <array>
#include <cstdlib>
#include <fcntl.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

namespace favras::seq2seq {

namespace {

std::string red(const std::string& text) { return "\x1b[1;31m" + text + "\x1b[0m"; }

}  // namespace

BOOST_AUTO_TEST_CASE(marks_beneath_each_kind) {
  BOOST_TEST(mark_differences(U"the cat", U"the cat") == "");
  BOOST_TEST(mark_differences(U"tha cat", U"the cat") == "  ^");
  BOOST_TEST(mark_differences(U"te cat", U"the cat") == " |");
  BOOST_TEST(mark_differences(U"the ca", U"the cat") == "      |");  // below the end
  BOOST_TEST(mark_differences(U"thhe cat", U"the cat") == "  ^");
  BOOST_TEST(mark_differences(U"teh cat", U"the cat") == " ^^");
  BOOST_TEST(mark_differences(U"", U"a") == "|");
  BOOST_TEST(mark_differences(U"\u00e9\u00e9b", U"\u00e9\u00e9c") ==
             "  ^");  // a column a character, not a byte
  BOOST_TEST(mark_differences(U"teh ct", U"the cat") == " ^^  |");
}

BOOST_AUTO_TEST_CASE(colours_of_each_kind) {
  BOOST_TEST(colour_differences(U"the cat", U"the cat") == "the cat");
  BOOST_TEST(colour_differences(U"tha cat", U"the cat") == "th" + red("a") + " cat");
  BOOST_TEST(colour_differences(U"te cat", U"the cat") == "t" + red("_") + "e cat");
  BOOST_TEST(colour_differences(U"the ca", U"the cat") == "the ca" + red("_"));
  BOOST_TEST(colour_differences(U"t\u00e9he cat", U"the cat") == "t" + red("\u00e9") + "he cat");
  BOOST_TEST(colour_differences(U"teh ct", U"the cat") == "t" + red("eh") + " c" + red("_") + "t");
}

BOOST_AUTO_TEST_CASE(corrections_under_the_number_of_their_line) {
  BOOST_TEST(show_correction(7, "teh ct", "the cat", false) == "7 - teh ct\n     ^^  |\n7 + the cat\n");
  BOOST_TEST(show_correction(123, "caf\u00e9e", "caf\u00e9", false) ==
             "123 - caf\u00e9e\n          ^\n123 + caf\u00e9\n");
  BOOST_TEST(show_correction(7, "teh ct", "the cat", true) ==
             "7 - t" + red("eh") + " c" + red("_") + "t\n7 + the cat\n");
}

BOOST_AUTO_TEST_CASE(colours_are_for_terminals_without_no_color) {
  const int master = ::posix_openpt(O_RDWR | O_NOCTTY);
  BOOST_TEST_REQUIRE(master >= 0);
  BOOST_TEST_REQUIRE(::grantpt(master) == 0);
  BOOST_TEST_REQUIRE(::unlockpt(master) == 0);
  const int terminal = ::open(::ptsname(master), O_RDWR | O_NOCTTY);
  BOOST_TEST_REQUIRE(terminal >= 0);
  std::array<int, 2> pipe_ends{};
  BOOST_TEST_REQUIRE(::pipe(pipe_ends.data()) == 0);

  ::unsetenv("NO_COLOR");
  BOOST_TEST(shows_colours(terminal));
  BOOST_TEST(!shows_colours(pipe_ends[1]));
  ::setenv("NO_COLOR", "", 1);  // as good as not set
  BOOST_TEST(shows_colours(terminal));
  ::setenv("NO_COLOR", "1", 1);
  BOOST_TEST(!shows_colours(terminal));
  BOOST_TEST(!shows_colours(pipe_ends[1]));
  ::unsetenv("NO_COLOR");
  for (const int descriptor : {master, terminal, pipe_ends[0], pipe_ends[1]}) ::close(descriptor);
}

}  // namespace favras::seq2seq
