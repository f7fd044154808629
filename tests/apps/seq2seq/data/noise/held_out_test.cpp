// Test lines: one held-out mistake in each, and none of those that training may make.
#include "apps/seq2seq/data/noise/held_out.h"

#include <map>
#include <set>

#include <boost/test/unit_test.hpp>

#include "tests/apps/seq2seq/data/noise/noise_test_support.h"

using namespace favras::seq2seq;
using namespace favras::seq2seq::testing;

namespace {

// The words of four letters that are held out, or those that are not, from "aaaa" on.
std::string word(bool held_out, int number) {
  for (int i = 0;; ++i) {
    std::string text;
    for (int n = i, letter = 0; letter < 4; ++letter, n /= 26) text += static_cast<char>('a' + n % 26);
    if (is_held_out({"", text}) == held_out && number-- == 0) return text;
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(one_held_out_word_of_a_line_goes_wrong) {
  const std::string held = word(true, 0), other = word(true, 1), free = word(false, 0);
  const HeldOutMistakes mistakes({{"xx", held}, {"xy", held}, {"zz", other}, {"no", free}});
  const std::string line = "It, " + held + " or " + free + " (" + other + ")";
  std::map<std::string, int> counts;
  constexpr int kLines = 30'000;
  for (int i = 0; i < kLines; ++i) {
    std::u32string text = decode_utf8(line);
    BOOST_TEST_REQUIRE(mistakes.add(text, key_of(i)));
    ++counts[encode_utf8(text)];
  }
  BOOST_TEST(counts.size() == 3u);
  check_rate(counts["It, xx or " + free + " (" + other + ")"], kLines, 1.0 / 3);
  check_rate(counts["It, xy or " + free + " (" + other + ")"], kLines, 1.0 / 3);
  check_rate(counts["It, " + held + " or " + free + " (zz)"], kLines, 1.0 / 3);
}

BOOST_AUTO_TEST_CASE(a_line_without_such_a_word_stays) {
  const HeldOutMistakes mistakes({{"xx", word(true, 0)}, {"no", word(false, 0)}});
  for (const std::string& line : {std::string(), std::string("..."), word(false, 0), word(true, 0) + "s"}) {
    std::u32string text = decode_utf8(line);
    BOOST_TEST(!mistakes.add(text, {}));
    BOOST_TEST(encode_utf8(text) == line);
  }
}

BOOST_AUTO_TEST_CASE(case_is_kept) {
  std::string held = word(true, 0);
  const HeldOutMistakes mistakes({{"xx", held}});
  const auto with_mistake = [&](std::string line) {
    std::u32string text = decode_utf8(line);
    return mistakes.add(text, {}) ? encode_utf8(text) : "none";
  };
  held[0] = static_cast<char>(held[0] - 'a' + 'A');
  BOOST_TEST(with_mistake(held) == "Xx");
  held[1] = static_cast<char>(held[1] - 'a' + 'A');
  BOOST_TEST(with_mistake(held) == "none");
  held[2] = static_cast<char>(held[2] - 'a' + 'A');
  held[3] = static_cast<char>(held[3] - 'a' + 'A');
  BOOST_TEST(with_mistake(held) == "XX");
}
