// Which lines read like English, and what is wrong with the others.
#include "apps/seq2seq/data/english.h"

#include <ostream>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <rapidcheck/boost_test.h>

#include "tests/apps/seq2seq/data/data_test_support.h"

using namespace favras::seq2seq;
using namespace favras::seq2seq::testing;

namespace {

void check(EnglishFault expected, const std::vector<std::string_view>& lines) {
  for (const std::string_view line : lines) {
    BOOST_TEST_CONTEXT(line) BOOST_CHECK_EQUAL(name_of(english_fault(line)), name_of(expected));
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(prose_has_no_fault) {
  check(EnglishFault::kNone,
        {"It was a fine day, and they knew it.", "a chair of oak", "red brick house", "Well, I don't!",
         "\"What,\" she said to him -- \"again?\"", "in the 1990s (or the 1st of May)",
         "he paid $5 & 10% more for it", "at 5 a.m. in the U.S., i.e. in New York",
         "and so on ... until the end", "either/or, and/or both", "Mr. McDonald and Miss MacArthur of O'Hara",
         "WE ARE OFF", "X-ray of a T-shirt", "Hill, a.k.a. Marsh of York", "a Ph.D. in the arts",
         "ships; sails (the red ones)"});
}

BOOST_AUTO_TEST_CASE(not_ascii) {
  check(EnglishFault::kNotAscii, {"a caf\u00E9 in the town", "\u20AC5 for the book", "\u0416"});
}

BOOST_AUTO_TEST_CASE(few_letters) {
  check(EnglishFault::kFewLetters, {"abcdef 1234", "abcdef ghi 1234", "in 1851 and 1852", "... !!! ???"});
  check(EnglishFault::kNone, {"abcdefg of 123"});  // 9 of 12
  check(EnglishFault::kNone, {"abcde fg 123"});    // 7 of 10; spaces do not count
  check(EnglishFault::kFewLetters, {"abcde f 123"});
}

BOOST_AUTO_TEST_CASE(one_word) {
  check(EnglishFault::kOneWord, {"", " ", "house", "house.", "house 1", "(houses)"});
}

BOOST_AUTO_TEST_CASE(capital_or_digit_in_a_word) {
  check(EnglishFault::kCamelCase, {"the iPhone of mine", "use of camelCase here", "a kind of LaTeX file",
                                   "a file of mp3s", "made of C3H5 and water", "the Mc3 of old"});
}

BOOST_AUTO_TEST_CASE(address) {
  check(EnglishFault::kAddress,
        {"see www.example for that", "mail to someone@example there", "look in /usr for the file",
         "it is at http://example", "in the folder usr/share/doc", "the file main.cpp of mine",
         "the end.the next of it", "the end.The next of it"});
}

BOOST_AUTO_TEST_CASE(markup) {
  check(EnglishFault::kMarkup,
        {"the <as> of that",           "that is a = b here",         "more >less of that",
         "this is *very* good",        "the #one of them",           "a pipe | of that",
         "the first (of many",         "the second) of many",        "one) and (two of them",
         "one ( and ) of them",        "the word (Obs.) of old",     "a (n.) of that",
         "of the kind v. that it was", "seen (p. 7 of it) was good", "the verb v., of old",
         "see p. for all of that",     "all of it, pp. and so",      "the end . of that",
         "the \" end of that",         "one , two of them"});
}

BOOST_AUTO_TEST_CASE(no_function_word) {
  check(EnglishFault::kNoFunctionWord,
        {"red brick house wall", "Gallia omnis divisa est", "oak, ash, elm, beech",
         "blue-and-red brick house wall", "rock'n'roll red brick walls",
         "abcdefghithe xalthough bathethe bloom"});
  check(EnglishFault::kNone,
        {"red brick house", "red brick house THE", "red brick (the house)", "we've red brick houses",
         "Don't throw red bricks", "they're red brick houses"});
}

BOOST_AUTO_TEST_CASE(each_fault_has_a_name_of_its_own) {
  std::set<std::string_view> names;
  for (int fault = 0; fault < kEnglishFaults; ++fault)
    names.insert(name_of(static_cast<EnglishFault>(fault)));
  BOOST_CHECK_EQUAL(names.size(), static_cast<std::size_t>(kEnglishFaults));
}

RC_BOOST_PROP(any_line_gets_an_answer, ()) {
  const std::string line = *any_text();
  RC_ASSERT(static_cast<int>(english_fault(line)) < kEnglishFaults);
}
