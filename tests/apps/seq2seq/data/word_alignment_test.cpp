// Which words of two lines are paired up.
#include "apps/seq2seq/data/word_alignment.h"

#include <algorithm>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

#include "apps/seq2seq/data/utf8.h"

namespace favras::seq2seq {

namespace {

// "0-0 1-2": the pairs' indices.
std::string pairs(std::u32string_view a, std::u32string_view b) {
  std::string text;
  for (const EqualWords& pair : align_equal_words(split_words(a), split_words(b)))
    text += (text.empty() ? "" : " ") + std::to_string(pair.a) + "-" + std::to_string(pair.b);
  return text;
}

}  // namespace

BOOST_AUTO_TEST_CASE(words_stand_between_spaces) {
  std::string text;
  for (const std::u32string_view word : split_words(U"  the  cat sat "))
    text += "[" + encode_utf8(word) + "]";
  BOOST_TEST(text == "[the][cat][sat]");
  BOOST_TEST(split_words(U"").empty());
  BOOST_TEST(split_words(U"  ").empty());
}

BOOST_AUTO_TEST_CASE(equal_words_are_paired) {
  BOOST_TEST(pairs(U"", U"the") == "");
  BOOST_TEST(pairs(U"the cat sat", U"the cat sat") == "0-0 1-1 2-2");
  BOOST_TEST(pairs(U"the caat sat", U"the cat sat") == "0-0 2-2");
  BOOST_TEST(pairs(U"alot of it", U"a lot of it") == "1-2 2-3");
  BOOST_TEST(pairs(U"a b c d e", U"x b y z d") == "1-1 3-4");
  // Fewer edits before more equal words.
  BOOST_TEST(pairs(U"a b c", U"c a b") == "0-1 1-2");
  BOOST_TEST(pairs(U"a b", U"b a") == "0-1");  // as many edits as two replacements
  BOOST_TEST(pairs(U"a b c d", U"d x y z a") == "");
}

BOOST_AUTO_TEST_CASE(pairs_are_equal_and_in_order) {
  BOOST_TEST(rc::check("pairs", [] {
    const auto text =
        rc::gen::container<std::u32string>(rc::gen::element<char32_t>(U'a', U'b', U'c', U' ', U' '));
    const std::u32string line_a = *text, line_b = *text;
    const Words a = split_words(line_a), b = split_words(line_b);
    std::size_t next_a = 0, next_b = 0;
    for (const EqualWords& pair : align_equal_words(a, b)) {
      RC_ASSERT(pair.a >= next_a && pair.b >= next_b);
      RC_ASSERT(a.at(pair.a) == b.at(pair.b));
      next_a = pair.a + 1;
      next_b = pair.b + 1;
    }
    RC_ASSERT(align_equal_words(a, a).size() == a.size());
  }));
}

}  // namespace favras::seq2seq
