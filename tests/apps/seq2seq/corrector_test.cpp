// Text in, text out: nothing of a line is lost, whatever the model makes of the parts it is given.
#include "apps/seq2seq/corrector.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

#include "apps/seq2seq/data/utf8.h"
#include "apps/seq2seq/pieces.h"

namespace favras::seq2seq {

namespace {

using Lines = std::vector<std::string>;

const Vocabulary& vocabulary() {
  static const Vocabulary letters(U" etaoinshrdlcumwfgypbvkjxqzTI.,-'\u00e9");
  return letters;
}

// Untrained: what it writes means nothing, but is the same for the same line.
const Model& model() {
  static const Model small({.vocabulary = vocabulary().size(),
                            .rnn_size = 24,
                            .num_layers = 2,
                            .encoding_embedding_size = 8,
                            .decoding_embedding_size = 8},
                           7);
  return small;
}

Corrector corrector(std::int64_t maximum_length = 60) { return {model(), vocabulary(), maximum_length}; }
std::string decode(const std::string& line) { return corrector().decode(Lines{line}).front(); }
std::string correct(const std::string& line) { return corrector().correct(Lines{line}).front(); }

// "[for the model]as it is[for the model]"
std::string cut(std::string_view line, std::size_t maximum_length = 60) {
  std::string text;
  for (const Piece& piece : split_into_pieces(line, vocabulary(), maximum_length))
    text += piece.for_model ? "[" + piece.text + "]" : piece.text;
  return text;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_line_that_fits_is_one_piece) {
  BOOST_TEST(cut("") == "");
  BOOST_TEST(cut("The cat sat.") == "[The cat sat.]");
  BOOST_TEST(cut("the  cat") == "[the  cat]");  // a space too many may be a mistake to mend
}

BOOST_AUTO_TEST_CASE(blanks_at_the_ends_and_unknown_ones_stay) {
  BOOST_TEST(cut("   ") == "   ");
  BOOST_TEST(cut("  the cat \t") == "  [the cat] \t");
  BOOST_TEST(cut("the\tcat") == "[the]\t[cat]");
  BOOST_TEST(cut("\ufeffthe\u00a0cat") == "\ufeff[the]\u00a0[cat]");
}

BOOST_AUTO_TEST_CASE(words_with_unknown_characters_stay_whole) {
  BOOST_TEST(cut("the \u732b sat") == "[the] \u732b [sat]");
  BOOST_TEST(cut("the na\u00efve cat sat") == "[the] na\u00efve [cat sat]");
  BOOST_TEST(cut("it\u2019s the cat") == "it\u2019s [the cat]");
  BOOST_TEST(cut("\U0001F600\U0001F600") == "\U0001F600\U0001F600");
}

BOOST_AUTO_TEST_CASE(unknown_punctuation_around_a_word_does_not_keep_it_from_the_model) {
  BOOST_TEST(cut("\u201cteh cat\u201d sat") == "\u201c[teh cat]\u201d [sat]");
  BOOST_TEST(cut("the \u2014 cat!") == "[the] \u2014 [cat]!");
}

BOOST_AUTO_TEST_CASE(long_lines_are_cut_at_spaces) {
  BOOST_TEST(cut("the cat sat on the mat", 11) == "[the cat sat] [on the mat]");
  BOOST_TEST(cut("the cat sat on the mat", 10) == "[the cat] [sat on the] [mat]");
  BOOST_TEST(cut("the cat  sat", 11) == "[the cat]  [sat]");
  BOOST_TEST(cut("a catamaran sat", 8) == "[a] catamaran [sat]");  // longer than the model knows
  BOOST_TEST(cut("catamaran", 9) == "[catamaran]");
}

BOOST_AUTO_TEST_CASE(characters_are_counted_and_known_in_normal_form) {
  BOOST_TEST(cut("cafe\u0301 cat", 8) == "[cafe\u0301 cat]");
  BOOST_TEST(cut("cafe\u0301 cat", 7) == "[cafe\u0301] [cat]");
}

BOOST_AUTO_TEST_CASE(without_a_space_in_the_vocabulary_words_go_one_by_one) {
  std::string text;
  for (const Piece& piece : split_into_pieces("ab  c", Vocabulary(U"abc"), 60))
    text += piece.for_model ? "[" + piece.text + "]" : piece.text;
  BOOST_TEST(text == "[ab]  [c]");
}

BOOST_AUTO_TEST_CASE(pieces_make_up_the_line_and_fit_the_model) {
  BOOST_TEST(rc::check("pieces", [] {
    const auto characters = *rc::gen::container<std::u32string>(rc::gen::element<char32_t>(
        U'a', U'e', U'T', U'\u00e9', U' ', U' ', U'.', U'!', U'\t', U'\u732b', U'\u0301', U'\u201c'));
    const auto maximum_length = *rc::gen::inRange<std::size_t>(1, 12);
    const std::string line = encode_utf8(characters);
    std::string joined;
    for (const Piece& piece : split_into_pieces(line, vocabulary(), maximum_length)) {
      joined += piece.text;
      RC_ASSERT(!piece.text.empty());
      if (!piece.for_model) continue;
      RC_ASSERT(piece.text.front() != ' ' && piece.text.back() != ' ');
      const std::vector<std::int32_t> ids = vocabulary().encode(std::string_view(piece.text));
      RC_ASSERT(ids.size() <= maximum_length);
      RC_ASSERT(std::find(ids.begin(), ids.end(), kUnk) == ids.end());
    }
    RC_ASSERT(joined == line);
  }));
}

BOOST_AUTO_TEST_CASE(correct_joins_what_the_model_made_of_the_pieces) {
  BOOST_TEST(correct("") == "");
  BOOST_TEST(correct("  \t ") == "  \t ");
  BOOST_TEST(correct("\u732b \u72ac\u3000\u9ce5") == "\u732b \u72ac\u3000\u9ce5");
  BOOST_TEST(correct("teh cat") == decode("teh cat"));
  BOOST_TEST(decode("teh cat") != "teh cat");  // else the test would show little
  BOOST_TEST(correct(" \u201cteh cat\u201d\tna\u00efve sat ") ==
             " \u201c" + decode("teh cat") + "\u201d\tna\u00efve " + decode("sat") + " ");
}

BOOST_AUTO_TEST_CASE(lines_keep_their_order_and_number) {
  Lines lines;
  for (int i = 0; i < 300; ++i)  // several batches, lengths up and down
    lines.push_back(std::string(static_cast<std::size_t>(i * 7 % 40), "etaoin"[i % 6]) + (i % 3 ? "" : " x"));
  const Lines decoded = corrector().decode(lines), corrected = corrector().correct(lines);
  BOOST_REQUIRE(decoded.size() == lines.size());
  BOOST_REQUIRE(corrected.size() == lines.size());
  for (const std::size_t i : {0u, 1u, 2u, 3u, 127u, 128u, 200u, 299u}) {
    BOOST_TEST_INFO_SCOPE("line " << i);
    BOOST_TEST(decoded[i] == decode(lines[i]));
    BOOST_TEST(corrected[i] == correct(lines[i]));
  }
  BOOST_TEST(corrector().decode(Lines{}).empty());
  BOOST_TEST(corrector().correct(Lines{}).empty());
}

BOOST_AUTO_TEST_CASE(a_line_of_1000_characters_is_corrected_piece_by_piece) {
  std::string line, expected;
  for (int i = 0; i < 50; ++i) line += "the cat sat on a mat";  // no space at the seams: words of 6
  line.resize(1000);
  BOOST_REQUIRE(line.size() == 1000u);
  std::size_t for_model = 0;
  for (const Piece& piece : split_into_pieces(line, vocabulary(), 60)) {
    expected += piece.for_model ? decode(piece.text) : piece.text;
    for_model += piece.for_model;
  }
  BOOST_TEST(for_model >= 17u);
  BOOST_TEST(correct(line) == expected);

  const std::string one_word(1000, 'e');
  BOOST_TEST(correct(one_word) == one_word);
}

BOOST_AUTO_TEST_CASE(decode_takes_a_long_line_whole) {
  const std::string line(200, 'e');
  BOOST_TEST(count_characters(decode(line)) <= 310u);  // decode_limit(200)
  BOOST_TEST(decode(line) != correct(line));
}

}  // namespace favras::seq2seq
