// Misspellings from a file and back, and which of them are held out.
#include "apps/seq2seq/data/misspellings.h"

#include <algorithm>
#include <cmath>

#include <boost/test/unit_test.hpp>
#include <rapidcheck/boost_test.h>

#include "apps/seq2seq/data/hashing.h"
#include "tests/apps/seq2seq/data/data_test_support.h"

using namespace favras::seq2seq;
using namespace favras::seq2seq::testing;

namespace favras::seq2seq {
std::ostream& operator<<(std::ostream& out, const Misspelling& pair) {
  return out << pair.wrong << " -> " << pair.right;
}
}  // namespace favras::seq2seq

namespace {

std::vector<Misspelling> read_text(std::string_view text) {
  const TemporaryDirectory directory;
  return read_misspellings(directory.write("pairs.tsv", text));
}

std::string refusal_of(std::string_view text) {
  return message_of([&] { read_text(text); });
}

}  // namespace

BOOST_AUTO_TEST_CASE(pairs_are_cleaned_distinct_and_in_the_order_of_their_hashes) {
  const auto pairs =
      read_text("teh\tthe\r\n alot \ta   lot\nteh\tthe\nTeh\tThe\nadn\tand\nthier\ttheir\nthier\tthere");
  BOOST_TEST(pairs.size() == 6u);
  BOOST_TEST(std::count(pairs.begin(), pairs.end(), Misspelling{"alot", "a lot"}) == 1);
  BOOST_TEST(std::count(pairs.begin(), pairs.end(), Misspelling{"teh", "the"}) == 1);
  BOOST_TEST(std::is_sorted(pairs.begin(), pairs.end(), [](const Misspelling& a, const Misspelling& b) {
    return content_hash(a.wrong + '\t' + a.right) < content_hash(b.wrong + '\t' + b.right);
  }));
}

RC_BOOST_PROP(what_is_written_is_read_as_the_same, ()) {
  const auto word = rc::gen::container<std::string>(rc::gen::elementOf(std::string("abc ")));
  std::string text = "right\twrong\n";
  for (const auto& [wrong, right] :
       *rc::gen::container<std::vector<std::pair<std::string, std::string>>>(rc::gen::pair(word, word)))
    text += "x" + wrong + "\ty" + right + "\n";
  const auto pairs = read_text(text);
  RC_ASSERT(read_text(to_tsv(pairs)) == pairs);
}

BOOST_AUTO_TEST_CASE(what_is_no_pair_is_refused_with_its_line) {
  BOOST_TEST(contains(refusal_of("teh\tthe\nalot\n"), "pairs.tsv: line 2 needs two columns"));
  BOOST_TEST(contains(refusal_of("a\tb\tc\n"), "line 1 needs two columns"));
  BOOST_TEST(contains(refusal_of("teh\tthe\n\nadn\tand\n"), "line 2 needs two columns"));
  BOOST_TEST(contains(refusal_of(" \tthe\n"), "line 1 has an empty column"));
  BOOST_TEST(contains(refusal_of("the\t\n"), "line 1 has an empty column"));
  BOOST_TEST(contains(refusal_of("teh\tthe\nthe \tthe\n"), "line 2 has the same text in both"));
  BOOST_TEST(contains(refusal_of("teh\tthe\n\xFFx\tx\n"), "line 2 is not valid UTF-8"));
  BOOST_TEST(contains(refusal_of(std::string_view("a\0b\tab\n", 7)), "line 1 has a NUL"));
  BOOST_TEST(contains(refusal_of(""), "pairs.tsv: holds no misspellings"));
  BOOST_TEST(contains(message_of([] { read_misspellings("/nowhere/pairs.tsv"); }), "/nowhere/pairs.tsv"));
}

BOOST_AUTO_TEST_CASE(a_tenth_of_the_right_words_is_held_out) {
  constexpr int kWords = 20'000;
  int held_out = 0;
  for (int i = 0; i < kWords; ++i) held_out += is_held_out({"x", "word" + std::to_string(i)});
  BOOST_TEST(std::abs(held_out - kWords * 0.1) < 5 * std::sqrt(kWords * 0.1 * 0.9));
}

RC_BOOST_PROP(all_misspellings_of_a_word_are_on_one_side, (const std::string& wrong, std::uint16_t number)) {
  const std::string right = "word" + std::to_string(number);
  RC_ASSERT(is_held_out({wrong, right}) == is_held_out({"other", right}));
  RC_ASSERT(is_held_out({wrong, "Word" + std::to_string(number)}) == is_held_out({"other", right}));
}

// Another choice would let models that were trained before see what they are measured on.
BOOST_AUTO_TEST_CASE(the_same_words_are_held_out_for_ever) {
  std::string held_out;
  for (int i = 0; i < 60; ++i)
    if (const std::string word = "word" + std::to_string(i); is_held_out({"x", word})) held_out += word + ' ';
  BOOST_TEST(held_out == "word12 word17 word33 word53 ");
}
