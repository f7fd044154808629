// Changes of words: where they begin and end, how sure of them a model is, and which of them are made.
#include "apps/seq2seq/decoding/changes.h"

#include <cmath>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

#include "apps/seq2seq/data/utf8.h"

namespace favras::seq2seq {

namespace {

// "[old|new]" for each change, the rest as it is.
std::string shown(std::u32string_view input, std::u32string_view output) {
  std::u32string text;
  std::size_t done = 0;
  for (const Change& change : find_changes(input, output)) {
    BOOST_TEST(change.log_probability == 0.0);
    text += input.substr(done, change.place.begin - done);
    text += U"[" + std::u32string(input.substr(change.place.begin, change.place.end - change.place.begin)) +
            U"|" + change.text + U"]";
    done = change.place.end;
  }
  return encode_utf8(text + std::u32string(input.substr(done)));
}

// Of characters as frequent as these, so that there is much to confuse.
rc::Gen<std::u32string> text() {
  return rc::gen::container<std::u32string>(rc::gen::element<char32_t>(U'a', U'b', U'c', U' '));
}

}  // namespace

BOOST_AUTO_TEST_CASE(changes_are_of_whole_words) {
  BOOST_TEST(shown(U"the cat", U"the cat") == "the cat");
  BOOST_TEST(shown(U"teh cat sat", U"the cat sat") == "[teh|the] cat sat");
  BOOST_TEST(shown(U"the cta", U"the cat") == "the [cta|cat]");
  BOOST_TEST(shown(U"thee cat satt", U"the cat sat") == "[thee|the] cat [satt|sat]");
  BOOST_TEST(shown(U"xthe caat sat", U"the cat sat") == "[xthe|the] [caat|cat] sat");
  BOOST_TEST(shown(U"a smal boat", U"a small boat") == "a [smal|small] boat");
}

BOOST_AUTO_TEST_CASE(words_split_and_joined_are_one_change) {
  BOOST_TEST(shown(U"alot of it", U"a lot of it") == "[alot|a lot] of it");
  BOOST_TEST(shown(U"of a lot", U"of alot") == "of [a lot|alot]");
  BOOST_TEST(shown(U"related t oartichokes x", U"related to artichokes x") ==
             "related [t oartichokes|to artichokes] x");
}

BOOST_AUTO_TEST_CASE(words_come_and_go_with_a_neighbour) {
  BOOST_TEST(shown(U"the the cat", U"the cat") == "the [the cat|cat]");
  BOOST_TEST(shown(U"the cat", U"the big cat") == "the [cat|big cat]");
  BOOST_TEST(shown(U"cat", U"the cat") == "[cat|the cat]");
  BOOST_TEST(shown(U"", U"cat") == "[|cat]");
  BOOST_TEST(shown(U"cat", U"") == "[cat|]");
  BOOST_TEST(shown(U"the  cat", U"the cat") == "the [ cat|cat]");
}

// "new " comes before yy rather than " new" behind xx, and so on, whatever else changes.
BOOST_AUTO_TEST_CASE(words_come_and_go_at_the_last_place_they_can) {
  BOOST_TEST(shown(U"xx yy", U"xx new yyz") == "xx [yy|new yyz]");
  BOOST_TEST(shown(U"xx old yy", U"xx yyz") == "xx [old yy|yyz]");
  BOOST_TEST(shown(U"axpfoc  i ice", U"axpzoc  i i ce") == "[axpfoc|axpzoc]  i [ice|i ce]");
  BOOST_TEST(shown(U"axpzoc  i i ce", U"axpfoc  i ice") == "[axpzoc|axpfoc]  i [i ce|ice]");
  BOOST_TEST(shown(U"mqeovh vedncyab b x", U"b x") == "[mqeovh vedncyab b|b] x");
}

BOOST_AUTO_TEST_CASE(words_side_by_side_change_together_unless_each_is_one_for_one) {
  BOOST_TEST(shown(U"thee cta sat", U"the cat sat") == "[thee|the] [cta|cat] sat");
  BOOST_TEST(shown(U"of oth xd it", U"of oh x al it") == "of [oth xd|oh x al] it");
  BOOST_TEST(shown(U"of alot cta it", U"of a lot cat it") == "of [alot cta|a lot cat] it");
}

BOOST_AUTO_TEST_CASE(all_changes_make_the_output_and_none_the_input) {
  BOOST_TEST(rc::check("changes", [] {
    const std::u32string input = *text(), output = *text();
    const std::vector<Change> changes = find_changes(input, output);
    RC_ASSERT(apply_changes(input, changes) == output);
    RC_ASSERT(apply_changes(input, {}) == input);
    RC_ASSERT(changes.empty() == (input == output));
    std::size_t done = 0;
    for (const auto& [place, words, log_probability] : changes) {
      RC_ASSERT(place.begin >= done);
      RC_ASSERT(place.end <= input.size());
      RC_ASSERT(place.end == input.size() || input[place.end] == U' ' || input[place.end - 1] == U' ');
      RC_ASSERT(input.substr(place.begin, place.end - place.begin) != words);
      done = place.end;
    }
  }));
}

// Any of the changes may be made alone: what is around it stays.
BOOST_AUTO_TEST_CASE(single_changes_leave_the_rest_alone) {
  const std::u32string input = U"thee cat satt on tha mat";
  std::vector<Change> changes = find_changes(input, U"the cat sat on the mat");
  BOOST_REQUIRE(changes.size() == 3u);
  BOOST_TEST(encode_utf8(apply_changes(input, std::vector{changes[0]})) == "the cat satt on tha mat");
  BOOST_TEST(encode_utf8(apply_changes(input, std::vector{changes[1]})) == "thee cat sat on tha mat");
  BOOST_TEST(encode_utf8(apply_changes(input, std::vector{changes[0], changes[2]})) ==
             "the cat satt on the mat");
}

BOOST_AUTO_TEST_CASE(a_change_is_as_sure_as_its_characters_and_what_ends_it) {
  const std::vector<float> log_probabilities{-1, -2, -4, -8, -16, -32, -64, -128};
  // "a" and the space behind it; "cats" and the end of the line.
  const auto changes = find_changes(U"xa b cat", U"a b cats", log_probabilities);
  BOOST_REQUIRE(changes.size() == 2u);
  BOOST_TEST(changes[0].log_probability == -1.0 - 2.0);
  BOOST_TEST(std::isinf(changes[1].log_probability));  // no end: the line was cut
  BOOST_TEST(changes[1].log_probability < 0.0);

  const std::vector<float> with_end{-1, -2, -4, -8, -16, -32, -64, -128, -256};
  BOOST_TEST(find_changes(U"xa b cat", U"a b cats", with_end)[1].log_probability == -240.0 - 256.0);
  // What is left out shows in what comes instead.
  BOOST_TEST(find_changes(U"cat", U"", std::vector<float>{-3})[0].log_probability == -3.0);
  BOOST_TEST(find_changes(U"b a", U"b", std::vector<float>{-3, -5})[0].log_probability == -8.0);
}

BOOST_AUTO_TEST_CASE(changes_are_kept_from_a_probability_on) {
  const std::vector<Change> all{{{0, 1}, U"sure", std::log(1.0)},
                                {{2, 3}, U"half", std::log(0.5)},
                                {{4, 5}, U"hardly", std::log(0.01)},
                                {{6, 7}, U"never", -INFINITY},
                                {{8, 9}, U"unknown", NAN}};
  const auto kept = [&](double probability) {
    std::vector<Change> changes = all;
    keep_unless(probability, changes);
    std::string words;
    for (const Change& change : changes) words += encode_utf8(change.text) + " ";
    return words;
  };
  BOOST_TEST(kept(0.0) == "sure half hardly never ");
  BOOST_TEST(kept(0.01) == "sure half hardly ");
  BOOST_TEST(kept(0.5) == "sure half ");
  BOOST_TEST(kept(0.51) == "sure ");
  BOOST_TEST(kept(1.0) == "sure ");
}

}  // namespace favras::seq2seq
