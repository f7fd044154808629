// Characters that a model does not know: which of those that were read is written.
#include "apps/seq2seq/decoding/unknown_characters.h"

#include <boost/test/unit_test.hpp>

#include "apps/seq2seq/data/utf8.h"

namespace favras::seq2seq {

namespace {

using Weights = std::vector<std::vector<float>>;

const Vocabulary& vocabulary() {
  static const Vocabulary letters(U" abc\ufffd");
  return letters;
}

// What is written for `output`, with a ? for each UNK, when `read` was read.
std::string copied(std::u32string_view read, std::u32string output, const Weights& weights = {}) {
  const Ids ids = vocabulary().encode(output);
  for (char32_t& c : output)
    if (c == U'?') c = kReplacementCharacter;
  copy_unknown(ids, read, vocabulary().encode(read), weights, output);
  return encode_utf8(output);
}

}  // namespace

BOOST_AUTO_TEST_CASE(unknown_characters_are_told_in_their_order) {
  BOOST_TEST((unknown_in(U"a b", vocabulary()).empty()));
  BOOST_TEST((unknown_in(U"xaxyb", vocabulary()) == U"xxy"));
  BOOST_TEST((unknown_in(U"a\ufffdz", vocabulary()) == U"\ufffdz"));  // even if it is in the vocabulary
}

BOOST_AUTO_TEST_CASE(where_the_model_looked_is_what_it_writes) {
  //                                        x     a     y
  BOOST_TEST(copied(U"xay", U"a?", Weights{{1.0f, 0.0f, 0.0f}, {0.2f, 0.5f, 0.3f}, {}}) == "ay");
  BOOST_TEST(copied(U"xay", U"?a?", Weights{{0.1f, 0.2f, 0.7f}, {}, {0.6f, 0.1f, 0.3f}, {}}) == "yax");
  BOOST_TEST(copied(U"xay", U"??", Weights{{0.9f, 0.1f, 0.0f}, {0.9f, 0.1f, 0.0f}, {}}) == "xx");
}

BOOST_AUTO_TEST_CASE(without_weights_they_come_in_their_order) {
  BOOST_TEST(copied(U"xay", U"?b?") == "xby");
  BOOST_TEST(copied(U"xay", U"??c?") == "xycy");  // one more than there were: the last again
  BOOST_TEST(copied(U"xay", U"a") == "a");
}

BOOST_AUTO_TEST_CASE(where_there_was_none_it_stays_unknown) {
  BOOST_TEST(copied(U"abc", U"a?c") == "a\ufffdc");
  BOOST_TEST(copied(U"abc", U"a?c", Weights{{}, {1.0f, 0.0f, 0.0f}, {}, {}}) == "a\ufffdc");
}

}  // namespace favras::seq2seq
