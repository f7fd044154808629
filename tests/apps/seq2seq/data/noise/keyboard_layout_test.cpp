// Keys that lie beside each other, looked up on keyboards.
#include "apps/seq2seq/data/noise/keyboard_layout.h"

#include <boost/test/unit_test.hpp>

#include "apps/seq2seq/data/utf8.h"

using namespace favras::seq2seq;

namespace {

using enum KeyboardLayout;

std::string beside(KeyboardLayout layout, char32_t character) {
  return encode_utf8(neighbours(layout, character));
}

}  // namespace

BOOST_AUTO_TEST_CASE(known_keys) {
  BOOST_TEST(beside(kQwerty, U's') == "weadzx");
  BOOST_TEST(beside(kQwerty, U'q') == "12wa");
  BOOST_TEST(beside(kQwerty, U'p') == "0-o[l;");
  BOOST_TEST(beside(kQwerty, U'b') == "ghvn");
  BOOST_TEST(beside(kQwerty, U'5') == "46rt");
  BOOST_TEST(beside(kQwertz, U'z') == "67tugh");
  BOOST_TEST(beside(kQwertz, U'y') == "as<x");
  BOOST_TEST(beside(kQwertz, U'\u00F6') == "p\u00FCl\u00E4.-");
  BOOST_TEST(beside(kAzerty, U'a') == "&\u00E9zq");
  BOOST_TEST(beside(kAzerty, U'm') == "p^l\u00F9:!");
  BOOST_TEST(beside(kAzerty, U'\u00E9') == "&\"az");
  BOOST_TEST(beside(kDvorak, U'e') == ".pouqj");
  BOOST_TEST(beside(kDvorak, U's') == "l/n-vz");
}

BOOST_AUTO_TEST_CASE(capitals_have_the_capitals_of_letters_beside_them) {
  BOOST_TEST(beside(kQwerty, U'S') == "WEADZX");
  BOOST_TEST(beside(kQwerty, U'P') == "OL");
  BOOST_TEST(beside(kQwertz, U'\u00D6') == "P\u00DCL\u00C4");
}

BOOST_AUTO_TEST_CASE(what_has_no_key_has_no_neighbours) {
  for (const auto layout : {kQwerty, kQwertz, kAzerty, kDvorak}) {
    BOOST_TEST(beside(layout, U' ') == "");
    BOOST_TEST(beside(layout, U'\u4E00') == "");
  }
  BOOST_TEST(beside(kQwerty, U'\u00E9') == "");
  BOOST_TEST(beside(kQwerty, U'\u0130') == "");  // another capital of i
  BOOST_TEST(beside(kAzerty, U'1') == "");       // with Shift
}

BOOST_AUTO_TEST_CASE(neighbours_are_mutual_and_none_is_its_own) {
  for (const auto layout : {kQwerty, kQwertz, kAzerty, kDvorak})
    for (char32_t a = 0x21; a < 0x180; ++a) {
      BOOST_TEST(neighbours(layout, a).size() <= 6u);
      for (const char32_t b : neighbours(layout, a)) {
        BOOST_TEST((b != a));
        BOOST_TEST((neighbours(layout, b).find(a) != std::u32string::npos),
                   encode_utf8(std::u32string{a, b}));
      }
    }
}

// One row's shift of one key would go unnoticed by the few known keys; each layout has all its letters once.
BOOST_AUTO_TEST_CASE(every_letter_is_on_every_board) {
  for (const auto layout : {kQwerty, kQwertz, kAzerty, kDvorak})
    for (char32_t c = U'a'; c <= U'z'; ++c) BOOST_TEST(neighbours(layout, c).size() >= 3u);
}
