// Which side pairs are on, and what is found for the words of a line.
#include "apps/seq2seq/data/noise/listed_misspellings.h"

#include <algorithm>
#include <set>

#include <boost/test/unit_test.hpp>
#include <rapidcheck/boost_test.h>

#include "apps/seq2seq/data/letters.h"
#include "apps/seq2seq/data/noise/words.h"
#include "apps/seq2seq/data/utf8.h"

using namespace favras::seq2seq;

namespace {

// Held out are word12 and word17, not word13 (misspellings_test.cpp).
std::string texts(const std::vector<LowerCasePair>& pairs) {
  std::string text;
  for (const auto& [wrong, right] : pairs) text += encode_utf8(wrong + U'>' + right) + ' ';
  return text;
}

// place=wrong,wrong for each place with listed forms.
std::string found_in(const ListedMisspellings& listed, std::u32string_view line) {
  std::string text;
  const std::vector<Span> words = find_words(line);
  for (std::size_t i = 0; i < words.size(); ++i)
    for (const auto& [place, wrong] : listed.find(line, words, i)) {
      text += encode_utf8(line.substr(place.begin, place.end - place.begin)) + '=';
      for (const std::u32string& form : *wrong) text += encode_utf8(form) + ',';
      text += ' ';
    }
  return text;
}

}  // namespace

BOOST_AUTO_TEST_CASE(pairs_fall_on_one_side_or_none) {
  const DividedMisspellings divided = divide({{"wrod13", "word13"},
                                              {"Wrod12", "Word12"},
                                              {"wordd", "word17"},
                                              {"WORDD", "word13"},  // a held-out wrong form
                                              {"word13", "Word13"},
                                              {"Owrd13", "word13"}});
  BOOST_TEST(texts(divided.training) == "wrod13>word13 owrd13>word13 ");
  BOOST_TEST(texts(divided.held_out) == "wrod12>word12 wordd>word17 ");
}

// Over any lists: no wrong form is on both sides, every held-out pair on its side.
RC_BOOST_PROP(training_has_nothing_that_is_held_out, ()) {
  const auto word = rc::gen::map(
      rc::gen::pair(rc::gen::inRange(0, 40), rc::gen::arbitrary<bool>()),
      [](const std::pair<int, bool>& p) { return (p.second ? "Word" : "word") + std::to_string(p.first); });
  std::vector<Misspelling> pairs;
  for (const auto& [wrong, right] :
       *rc::gen::container<std::vector<std::pair<std::string, std::string>>>(rc::gen::pair(word, word)))
    pairs.push_back({wrong, right});
  const DividedMisspellings divided = divide(pairs);
  std::set<std::u32string> held_out;
  std::size_t changed = 0;
  for (const Misspelling& pair : pairs) {
    const auto wrong = to_lower(decode_utf8(pair.wrong));
    const bool differs = wrong != to_lower(decode_utf8(pair.right));
    if (is_held_out(pair) && differs) held_out.insert(wrong), ++changed;
  }
  RC_ASSERT(divided.held_out.size() == changed);
  for (const LowerCasePair& pair : divided.training) {
    RC_ASSERT(!held_out.contains(pair.wrong));
    RC_ASSERT(!is_held_out({"", encode_utf8(pair.right)}));
    RC_ASSERT(pair.wrong != pair.right);
  }
  for (const LowerCasePair& pair : divided.held_out) RC_ASSERT(is_held_out({"", encode_utf8(pair.right)}));
}

BOOST_AUTO_TEST_CASE(words_and_phrases_are_found) {
  const ListedMisspellings listed({{U"teh", U"the"},
                                   {U"hte", U"the"},
                                   {U"teh", U"the"},
                                   {U"alot of", U"a lot of"},
                                   {U"alot", U"a lot"},
                                   {U"wellknown", U"well-known"},
                                   {U"dont", U"don't"}});
  BOOST_TEST(found_in(listed, U"the end, the") == "the=teh,hte, the=teh,hte, ");
  BOOST_TEST(found_in(listed, U"other then thee") == "");
  BOOST_TEST(found_in(listed, U"a lot of") == "a lot=alot, a lot of=alot of, ");
  BOOST_TEST(found_in(listed, U"a lot") == "a lot=alot, ");
  BOOST_TEST(found_in(listed, U"a  lot, a, lot a-lot of") == "");
  BOOST_TEST(found_in(listed, U"(well-known) well known") == "well-known=wellknown, ");
  BOOST_TEST(found_in(listed, U"i don't") == "don't=dont, ");
}

BOOST_AUTO_TEST_CASE(an_empty_list_has_nothing) {
  BOOST_TEST(found_in(ListedMisspellings({}), U"the cat") == "");
}
