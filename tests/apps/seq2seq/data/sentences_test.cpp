// Text into sentences, and sentences into pieces.
#include "apps/seq2seq/data/sentences.h"

#include <algorithm>
#include <ostream>
#include <string>

#include <boost/test/unit_test.hpp>
#include <rapidcheck/boost_test.h>

#include "apps/seq2seq/data/cleaning.h"
#include "apps/seq2seq/data/utf8.h"
#include "tests/apps/seq2seq/data/data_test_support.h"

using namespace favras::seq2seq;
using namespace favras::seq2seq::testing;

using Parts = std::vector<std::string>;

namespace {

Parts strings(const std::vector<std::string_view>& views) { return {views.begin(), views.end()}; }

void check_parts(const std::vector<std::string_view>& found, const Parts& expected) {
  const Parts parts = strings(found);
  BOOST_CHECK_EQUAL_COLLECTIONS(parts.begin(), parts.end(), expected.begin(), expected.end());
}

void check_split(std::string_view text, const Parts& expected) {
  BOOST_TEST_CONTEXT(text) check_parts(split_sentences(text), expected);
}

// One sentence in spite of its full stops.
void check_whole(std::string_view text) { check_split(text, {std::string(text)}); }

void check_cut(std::string_view sentence, std::size_t maximum_length, const Parts& expected) {
  BOOST_TEST_CONTEXT(sentence) check_parts(cut_sentence(sentence, maximum_length), expected);
}

// Text of what the rules are about, cleaned.
rc::Gen<std::string> sentence_like_text() {
  const auto piece =
      rc::gen::element<std::string>("a", "The", "Mr.", "e.g.", "U.S.", "No.", "5", "II.", "(b)", "3.", ".",
                                    "!", "?", "...", "-", "--", "\"", "'", "(", ")", ",", ";", ":", " ", " ",
                                    " ", "\u00E9t\u00E9", "\u00C9", "\u0416", "incomprehensibilities");
  return rc::gen::map(rc::gen::container<Parts>(piece), [](const Parts& pieces) {
    std::string text;
    for (const std::string& part : pieces) text += part;
    return clean_text(text);
  });
}

// The views lie in the text one behind the other; what is between them is nothing but `between`.
void check_order(std::string_view text, const std::vector<std::string_view>& parts,
                 std::string_view between) {
  const char* end = text.data();
  for (const std::string_view part : parts) {
    RC_ASSERT(!part.empty() && part.front() != ' ' && part.back() != ' ');
    RC_ASSERT(part.data() >= end);
    RC_ASSERT(std::string_view(end, part.data()).find_first_not_of(between) == std::string_view::npos);
    end = part.data() + part.size();
  }
  const auto rest = static_cast<std::size_t>(text.data() + text.size() - end);
  RC_ASSERT(std::string_view(end, rest).find_first_not_of(between) == std::string_view::npos);
}

}  // namespace

BOOST_AUTO_TEST_CASE(marks_before_capitals_end_sentences) {
  check_split("", {});
  check_split("no mark at all", {"no mark at all"});
  check_split("It rained. We stayed.", {"It rained.", "We stayed."});
  check_split("Really?! Yes. Oh!!! No", {"Really?!", "Yes.", "Oh!!!", "No"});
  check_split("He waited... Then it came.", {"He waited...", "Then it came."});
  check_split("It cost 25. 12 were left.", {"It cost 25.", "12 were left."});
  check_split("Il pleut. \u00C9lise dort. \u0414\u0430. \u041D\u0435\u0442.",
              {"Il pleut.", "\u00C9lise dort.", "\u0414\u0430.", "\u041D\u0435\u0442."});
}

BOOST_AUTO_TEST_CASE(lower_case_letters_continue_a_sentence) {
  check_whole("\"Stop!\" she cried.");
  check_whole("What? said the bear... and went.");
  check_whole("Il va. \u00E9t\u00E9 vient.");
  check_whole("It rained. (we stayed)");
  check_whole("It was (they say. \"they\" know) so.");
}

BOOST_AUTO_TEST_CASE(quotes_and_brackets_stay_with_their_sentence) {
  check_split("\"It rained.\" \"We stayed.\"", {"\"It rained.\"", "\"We stayed.\""});
  check_split("(It rained.) 'Did it?' We left.", {"(It rained.)", "'Did it?'", "We left."});
  check_split("It was \"odd\". Was it 'so'? I don't. Bob does.",
              {"It was \"odd\".", "Was it 'so'?", "I don't.", "Bob does."});
}

BOOST_AUTO_TEST_CASE(abbreviations_end_none) {
  check_whole("Mr. Hill met Dr. Marsh and St. John");
  check_whole("Birds, e.g. Robins, i.e. Erithacus, cf. Op. Cit.");
  check_whole("See (Dr. Marsh) and \"Mrs. Hill\" and Vice-Adm. Hill, e.g. The Hills");
  check_whole("J. A. Hill and A.B. Marsh of the U.S. Army");
  check_whole("Hill Co. Ltd. Oxford Rd. London");
}

BOOST_AUTO_TEST_CASE(some_abbreviations_end_one_before_a_word_that_begins_sentences) {
  check_split("It went to the U.S. The ship sank.", {"It went to the U.S.", "The ship sank."});
  check_split("He met A. B. They spoke.", {"He met A. B.", "They spoke."});
  check_split("He met A. B. However, they left.", {"He met A. B.", "However, they left."});
  check_split("He met Mr... Who?", {"He met Mr...", "Who?"});
  check_split("She joined Hill Inc. It failed.", {"She joined Hill Inc.", "It failed."});
  check_split("Cats, dogs, etc. Birds too.", {"Cats, dogs, etc.", "Birds too."});
  check_whole("U.S. Theatres");  // begins like "The", but is another word
  check_split("At 5 p.m. I'm off.", {"At 5 p.m.", "I'm off."});
}

BOOST_AUTO_TEST_CASE(numbers_belong_to_what_is_before_them) {
  check_whole("No. 5, vol. 2, pp. 10, p. 7, Ps. 23, Matt. 5, ch. II, v. 9");
  check_whole("It is 3.14 or v2.0 of www.x.org now");
  check_split("He said no. I went.", {"He said no.", "I went."});
  check_split("He left Rome. 2. He died.", {"He left Rome.", "He died."});
  check_split("It was Winter. 20 came.", {"It was Winter.", "20 came."});
}

BOOST_AUTO_TEST_CASE(dashes_and_labels_belong_to_no_sentence) {
  check_split("- It rained. -- We stayed.", {"It rained.", "We stayed."});
  check_split("It rained.-We stayed.--\"Did you?\"", {"It rained.", "We stayed.", "\"Did you?\""});
  check_split("1. Rain. (2) Snow. (c) hail. iv) sun. III. Fog. (5.) Dew.",
              {"Rain.", "Snow.", "hail.", "sun.", "Fog.", "Dew."});
  check_split("VIII. Rain. (xiii) snow", {"Rain.", "snow"});
  check_split("It rained. 2.5 mm of it.", {"It rained.", "2.5 mm of it."});
  check_whole("ill. they say");
  check_whole("(12. of May)");
  check_split("a) -- 12) one", {"one"});
  check_split("-5 degrees. -7 are worse.", {"-5 degrees.", "-7 are worse."});
  check_whole("The U.S.-Canada border and the 3.-4. of May");
  check_whole("V. Hill had (s)he and (a word) in 1990.");
  check_split("12345. Rain.", {"12345.", "Rain."});
}

BOOST_AUTO_TEST_CASE(dots_with_spaces_between_end_none) {
  check_whole("He came . . . Then he went");
  check_whole(". . . Then he went");
}

RC_BOOST_PROP(sentences_are_the_text_but_for_what_is_between, ()) {
  const std::string text = *sentence_like_text();
  const auto sentences = split_sentences(text);
  check_order(text, sentences, " -0123456789.()abeivxIVX");
  RC_ASSERT(strings(sentences) == strings(split_sentences(text)));
  for (const std::string_view sentence : sentences) RC_ASSERT(first_invalid_byte(sentence) == std::nullopt);
}

BOOST_AUTO_TEST_CASE(a_sentence_that_fits_is_one_piece) {
  check_cut("one, two", 8, {"one, two"});
  check_cut("", 8, {});
  check_cut("\u00E9\u00E9\u00E9\u00E9, \u00E9\u00E9", 8, {"\u00E9\u00E9\u00E9\u00E9, \u00E9\u00E9"});
}

BOOST_AUTO_TEST_CASE(cuts_behind_the_last_clause_mark_in_the_last_three_fifths) {
  check_cut("one two, three, four five", 20, {"one two, three,", "four five"});
  check_cut("one two; three four five", 20, {"one two; three four", "five"});  // column 8 is too early
  check_cut("one two 3; three four five", 20, {"one two 3;", "three four five"});
  for (const std::string mark : {",", ";", ":", "!", "?", "...", " -", " --", ",\"", "?'", ";)"}) {
    const std::string head = "one two three" + mark;
    // Dashes that stand alone are left out.
    check_cut(head + " four five", 22, {mark[0] == ' ' ? "one two three" : head, "four five"});
  }
  check_cut("one two three. four five six", 20, {"one two three. four", "five six"});
  check_cut("one two three- four five six", 20, {"one two three- four", "five six"});
  check_cut("one two 3:16,000 four five", 20, {"one two 3:16,000", "four five"});
}

BOOST_AUTO_TEST_CASE(cuts_at_the_last_space_that_leaves_no_more_than_allowed) {
  check_cut("aaaa bbbb cccc", 9, {"aaaa bbbb", "cccc"});
  check_cut("aaaa bbbb cccc", 8, {"aaaa", "bbbb", "cccc"});
  check_cut("\u00E9\u00E9\u00E9\u00E9 \u00E9\u00E9\u00E9\u00E9 cccc", 9,
            {"\u00E9\u00E9\u00E9\u00E9 \u00E9\u00E9\u00E9\u00E9", "cccc"});
}

BOOST_AUTO_TEST_CASE(a_longer_word_stays_whole) {
  check_cut("abcdefghij", 5, {"abcdefghij"});
  check_cut("a abcdefghij b", 5, {"a", "abcdefghij", "b"});
}

BOOST_AUTO_TEST_CASE(dashes_that_belong_to_no_word_are_in_no_piece) {
  check_cut("-- one two three; -- four", 18, {"one two three;", "four"});
  check_cut("one- two - -", 5, {"one-", "two"});
  check_cut("one -5", 3, {"one", "-5"});
}

RC_BOOST_PROP(pieces_are_the_sentence_and_are_no_longer_than_allowed, ()) {
  const std::string sentence = *sentence_like_text();
  const auto maximum_length = *rc::gen::inRange<std::size_t>(1, 70);
  const auto pieces = cut_sentence(sentence, maximum_length);
  check_order(sentence, pieces, " -");
  for (const std::string_view piece : pieces) {
    RC_ASSERT(first_invalid_byte(piece) == std::nullopt);
    RC_ASSERT(count_characters(piece) <= maximum_length || piece.find(' ') == std::string_view::npos);
  }
}
