// Vocabulary: ids, round trips, JSON.
#include "apps/seq2seq/data/vocabulary.h"

#include <boost/test/unit_test.hpp>
#include <rapidcheck/boost_test.h>

#include "apps/seq2seq/data/cleaning.h"
#include "tests/apps/seq2seq/data/data_test_support.h"

using namespace favras::seq2seq;
using namespace favras::seq2seq::testing;

namespace {

// Distinct characters, in the order in which they come.
std::u32string distinct(const std::u32string& characters) {
  std::u32string result;
  for (const char32_t c : characters) {
    if (result.find(c) == result.npos) result.push_back(c);
  }
  return result;
}

}  // namespace

BOOST_AUTO_TEST_CASE(characters_are_ranked_by_frequency_then_code_point) {
  const Vocabulary vocabulary =
      Vocabulary::from_counts({{U'b', 5}, {U'a', 5}, {U'z', 9}, {U'\u00E9', 5}, {U'q', 1}}, 4);
  BOOST_CHECK(vocabulary.characters() == U"zab\u00E9");
  BOOST_CHECK_EQUAL(vocabulary.size(), 8);
  BOOST_CHECK(vocabulary.encode("zq\u00E9") == (std::vector<std::int32_t>{4, kUnk, 7}));
  BOOST_CHECK(vocabulary.contains(U'a') && !vocabulary.contains(U'q') && !vocabulary.contains(U'\U0010FFFF'));
}

BOOST_AUTO_TEST_CASE(decoding_handles_special_tokens) {
  const Vocabulary vocabulary(U"ab");
  BOOST_CHECK_EQUAL(vocabulary.decode(std::vector<std::int32_t>{kGo, 4, kPad, 5, kEos, 4}), "ab");
  BOOST_CHECK_EQUAL(vocabulary.decode(std::vector<std::int32_t>{kUnk, 6, 79, -1}),
                    "\uFFFD\uFFFD\uFFFD\uFFFD");
  BOOST_CHECK_EQUAL(vocabulary.decode({}), "");
}

BOOST_AUTO_TEST_CASE(encoding_composes) {
  const Vocabulary vocabulary(U"e\u00E9");
  BOOST_CHECK(vocabulary.encode("e\u0301e") == (std::vector<std::int32_t>{5, 4}));
  BOOST_CHECK(vocabulary.encode("\xFF") == std::vector<std::int32_t>{kUnk});
}

RC_BOOST_PROP(encode_and_decode_round_trip, ()) {
  const std::string text = clean_text(*any_text());
  const Vocabulary vocabulary(distinct(decode_utf8(text)));
  RC_ASSERT(vocabulary.decode(vocabulary.encode(text)) == text);
  RC_ASSERT(vocabulary.encode(std::u32string_view(decode_utf8(text))) == vocabulary.encode(text));
}

RC_BOOST_PROP(json_round_trips, ()) {
  const Vocabulary vocabulary(distinct(*rc::gen::container<std::u32string>(any_character())));
  const Vocabulary read_back = Vocabulary::from_json(vocabulary.to_json());
  RC_ASSERT(read_back.characters() == vocabulary.characters());
}

BOOST_AUTO_TEST_CASE(malformed_json_is_explained) {
  const auto message = [](std::string_view json) { return message_of([&] { Vocabulary::from_json(json); }); };
  BOOST_CHECK(contains(message("{"), "not JSON"));
  BOOST_CHECK(contains(message("[]"), "needs an object"));
  BOOST_CHECK(contains(message(R"({"version":1})"), "needs an object"));
  BOOST_CHECK(contains(message(R"({"version":1,"characters":7})"), "needs an object"));
  BOOST_CHECK(contains(message(R"({"version":2,"characters":"a"})"), "version 2"));
  BOOST_CHECK(contains(message(R"({"version":1,"characters":"aba"})"), "'a' comes twice"));
  BOOST_CHECK(contains(message_of([] { Vocabulary(U"a\xD800"); }), "0xD800 is not a character"));
}
