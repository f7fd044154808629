// Words in their lines, and their case.
#include "apps/seq2seq/data/noise/words.h"

#include <boost/test/unit_test.hpp>

#include "apps/seq2seq/data/utf8.h"

using namespace favras::seq2seq;

namespace {

std::string words_of(std::string_view line) {
  const std::u32string characters = decode_utf8(line);
  std::string words;
  for (const Span& word : find_words(characters))
    words += encode_utf8(characters.substr(word.begin, word.end - word.begin)) + '|';
  return words;
}

std::string cased(std::u32string text, Casing casing) {
  return encode_utf8(with_casing(std::move(text), casing));
}

using enum Casing;

}  // namespace

BOOST_AUTO_TEST_CASE(words_are_letters_and_apostrophes_between_them) {
  BOOST_TEST(words_of("") == "");
  BOOST_TEST(words_of("..., 42!") == "");
  BOOST_TEST(words_of("the cat") == "the|cat|");
  BOOST_TEST(words_of("\"Well-known,\" (he) said.") == "Well|known|he|said|");
  BOOST_TEST(words_of("don't 'tis dogs' o''clock '") == "don't|tis|dogs|o|clock|");
  BOOST_TEST(words_of("a 2nd caf\u00E9") == "a|nd|caf\u00E9|");
}

BOOST_AUTO_TEST_CASE(case_is_that_of_the_letters) {
  BOOST_TEST((casing_of(U"the") == kLower));
  BOOST_TEST((casing_of(U"The") == kCapitalised));
  BOOST_TEST((casing_of(U"A") == kCapitalised));
  BOOST_TEST((casing_of(U"I'm") == kCapitalised));
  BOOST_TEST((casing_of(U"THE") == kUpper));
  BOOST_TEST((casing_of(U"DON'T") == kUpper));
  BOOST_TEST((casing_of(U"A lot") == kCapitalised));
  BOOST_TEST((casing_of(U"A LOT") == kUpper));
  BOOST_TEST((casing_of(U"A Lot") == kMixed));
  BOOST_TEST((casing_of(U"iPhone") == kMixed));
  BOOST_TEST((casing_of(U"\u00C9t\u00E9") == kCapitalised));
}

BOOST_AUTO_TEST_CASE(case_is_given_to_lower_case_text) {
  BOOST_TEST(cased(U"teh", kLower) == "teh");
  BOOST_TEST(cased(U"teh", kCapitalised) == "Teh");
  BOOST_TEST(cased(U"teh", kUpper) == "TEH");
  BOOST_TEST(cased(U"alot", kCapitalised) == "Alot");
  BOOST_TEST(cased(U"'nt do", kCapitalised) == "'Nt do");
  BOOST_TEST(cased(U"\u00E9t", kUpper) == "\u00C9T");
}
