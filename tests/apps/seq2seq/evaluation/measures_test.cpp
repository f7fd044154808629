// The measures on cases worked out by hand, and what must hold for any lines.
#include "apps/seq2seq/evaluation/measures.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

namespace favras::seq2seq {

namespace {

Measures measure(std::u32string_view noisy, std::u32string_view clean, std::u32string_view output) {
  Measures measures;
  measures.add(noisy, clean, output);
  return measures;
}

// Lines of a few letters and many spaces, so that words are equal, empty and doubled often.
std::u32string any_line() {
  return *rc::gen::container<std::u32string>(rc::gen::element(U'a', U'b', U'c', U' ', U'\u00e9'));
}

std::uint64_t count_words(std::u32string_view line) {
  std::uint64_t words = 0;
  for (std::size_t i = 0; i < line.size(); ++i) words += line[i] != U' ' && (i == 0 || line[i - 1] == U' ');
  return words;
}

// The recurrence as it is defined, on the full table.
std::uint64_t textbook_distance(std::u32string_view a, std::u32string_view b) {
  std::vector<std::vector<std::uint64_t>> d(a.size() + 1, std::vector<std::uint64_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) {
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        d[i][j] = i + j;
        continue;
      }
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (a[i - 1] != b[j - 1])});
    }
  }
  return d[a.size()][b.size()];
}

void check_words(std::u32string_view noisy, std::u32string_view clean, std::u32string_view output,
                 std::uint64_t errors, std::uint64_t fixed, std::uint64_t good, std::uint64_t broken) {
  const WordCounts words = measure(noisy, clean, output).words;
  BOOST_TEST(words.errors == errors);
  BOOST_TEST(words.errors_fixed == fixed);
  BOOST_TEST(words.good_words == good);
  BOOST_TEST(words.good_words_broken == broken);
}

}  // namespace

BOOST_AUTO_TEST_CASE(edit_distances_by_hand) {
  BOOST_TEST(edit_distance(U"", U"") == 0);
  BOOST_TEST(edit_distance(U"", U"abc") == 3);
  BOOST_TEST(edit_distance(U"kitten", U"sitting") == 3);
  BOOST_TEST(edit_distance(U"flaw", U"lawn") == 2);
  BOOST_TEST(edit_distance(U"ab", U"ba") == 2);  // a swap is two edits
  BOOST_TEST(edit_distance(U"aaa", U"aa") == 1);
  BOOST_TEST(edit_distance(U"abcd", U"axbcd") == 1);
}

BOOST_AUTO_TEST_CASE(accuracies_over_the_corpus_by_hand) {
  Accuracy accuracy;
  accuracy.add(U"abcd", U"abcd");
  accuracy.add(U"ab", U"abcdef");  // 4 insertions
  accuracy.add(U"xbcd", U"abcd");  // 1 replacement
  accuracy.add(U"bcd", U"abcd");   // 1 insertion, but no position is equal up to the 4th
  BOOST_TEST(accuracy.lines == 4);
  BOOST_TEST(accuracy.sentence() == 0.25);
  BOOST_TEST(accuracy.characters == 18);
  BOOST_TEST(accuracy.edits == 6);
  BOOST_TEST(accuracy.character() == 1.0 - 6.0 / 18.0);
  BOOST_TEST(accuracy.padded_matches == 60 + 56 + 59 + 56);
  BOOST_TEST(accuracy.padded_character() == 231.0 / 240.0);
}

BOOST_AUTO_TEST_CASE(padded_accuracy_looks_at_60_positions) {
  const std::u32string sixty(60, U'a');
  Accuracy accuracy;
  accuracy.add(sixty + U"x", sixty + U"yz");
  BOOST_TEST(accuracy.padded_matches == 60);
  BOOST_TEST(accuracy.exact_lines == 0);
  BOOST_TEST(accuracy.edits == 2);
  accuracy.add(U"", sixty);
  BOOST_TEST(accuracy.padded_matches == 60);
}

BOOST_AUTO_TEST_CASE(nothing_measured_is_no_number) {
  const Measures measures;
  BOOST_TEST(std::isnan(measures.output.sentence()));
  BOOST_TEST(std::isnan(measures.output.character()));
  BOOST_TEST(std::isnan(measures.output.padded_character()));
  BOOST_TEST(std::isnan(measures.words.share_fixed()));
  BOOST_TEST(std::isnan(measures.words.share_broken()));
}

BOOST_AUTO_TEST_CASE(words_replaced) {
  check_words(U"teh cat sat", U"the cat sat", U"the cat sat", 1, 1, 2, 0);
  check_words(U"teh cat sat", U"the cat sat", U"the cut sat", 1, 1, 2, 1);
  check_words(U"teh cat sat", U"the cat sat", U"teh cat sat", 1, 0, 2, 0);
  check_words(U"teh cat sat", U"the cat sat", U"tie cat sat", 1, 0, 2, 0);
}

BOOST_AUTO_TEST_CASE(words_lost_split_and_joined) {
  check_words(U"the sat", U"the cat sat", U"the cat sat", 1, 1, 2, 0);          // lost
  check_words(U"the ca t sat", U"the cat sat", U"the cat sat", 1, 1, 2, 0);     // split
  check_words(U"thecat sat", U"the cat sat", U"the cat sat", 2, 2, 1, 0);       // joined
  check_words(U"thecat sat", U"the cat sat", U"the c at sat", 2, 1, 1, 0);      // half of it mended
  check_words(U"the cat sat", U"the cat sat", U"the sat", 0, 0, 3, 1);          // the output loses one
  check_words(U"the cat sat", U"the cat sat", U"the big cat sat", 0, 0, 3, 0);  // one too many breaks none
  check_words(U"the cat sat", U"the cat sat", U"", 0, 0, 3, 3);
}

BOOST_AUTO_TEST_CASE(spaces_alone_are_no_errors_of_words) {
  check_words(U" the  cat ", U"the cat", U"the cat", 0, 0, 2, 0);
  BOOST_TEST(measure(U" the  cat ", U"the cat", U"the cat").do_nothing.exact_lines == 0);
}

BOOST_AUTO_TEST_CASE(words_are_aligned_not_compared_by_place) {
  check_words(U"a b c d e", U"x a b c d e", U"x a b c d e", 1, 1, 5, 0);
  check_words(U"a a b", U"a b", U"a b", 0, 0, 2, 0);
  check_words(U"teh cat zat", U"the cat sat", U"the cat sat", 2, 2, 1, 0);  // right between wrong ones
  check_words(U"a c at sit on x", U"a cat sat on b", U"a cat sat on x", 3, 2, 2, 0);
  check_words(U"b a", U"a b", U"a b", 1, 1, 1, 0);  // two edits either way: the one with a right word
}

BOOST_AUTO_TEST_CASE(splits_and_joins_by_hand) {
  check_words(U"alot of it", U"a lot of it", U"a lot of it", 2, 2, 2, 0);
  check_words(U"alot of it", U"a lot of it", U"alot of it", 2, 0, 2, 0);
  check_words(U"alot of it", U"a lot of it", U"allot of it", 2, 0, 2, 0);
  check_words(U"a lot of it", U"a lot of it", U"alot of it", 0, 0, 4, 2);  // the output joins them
  check_words(U"in to it", U"into it", U"into it", 1, 1, 1, 0);
  check_words(U"in to it", U"into it", U"in to it", 1, 0, 1, 0);
  check_words(U"in to it", U"into it", U"in it", 1, 0, 1, 0);
  check_words(U"into it", U"into it", U"in to it", 0, 0, 2, 1);  // the output splits it
  check_words(U"int he box", U"in the box", U"in the box", 2, 2, 1, 0);
}

BOOST_AUTO_TEST_CASE(a_right_word_between_a_split_and_a_join_is_right) {
  // As short as the way over three replaced words, but with a right word on it.
  check_words(U"in to the atonce", U"into the at once", U"into the at once", 3, 3, 1, 0);
  check_words(U"in to the atonce", U"into the at once", U"into thee at once", 3, 3, 1, 1);
  check_words(U"alot of in to", U"a lot of into", U"a lot of in to", 3, 2, 1, 0);
  check_words(U"into the at once", U"into the at once", U"in to the atonce", 0, 0, 4, 3);
}

// A table of all pairs of their words would take 90 GB.
BOOST_AUTO_TEST_CASE(words_of_enormous_lines_take_bounded_memory) {
  std::u32string middle;
  for (int i = 0; i < 150'000; ++i) middle += U" a";
  WordCounts words;
  words.add(U"x" + middle + U" x", U"y" + middle + U" y", U"y" + middle + U" x");
  BOOST_TEST(words.errors == 2u);
  BOOST_TEST(words.errors_fixed == 1u);
  BOOST_TEST(words.good_words == 150'000u);
  BOOST_TEST(words.good_words_broken == 0u);
  middle += U" x ";
  words = {};
  words.add(U"x c", middle + U"b", U"y x c");
  BOOST_TEST(words.errors == 150'001u);
  BOOST_TEST(words.good_words == 1u);
  BOOST_TEST(words.good_words_broken == 0u);
}

BOOST_AUTO_TEST_CASE(shares_are_of_errors_and_of_good_words) {
  WordCounts words;
  words.add(U"teh cat", U"the cat", U"the cat");
  words.add(U"teh ca sat on", U"the cat sat on", U"the ca saw on");
  BOOST_TEST(words.share_fixed() == 2.0 / 3.0);
  BOOST_TEST(words.share_broken() == 1.0 / 3.0);
}

BOOST_AUTO_TEST_CASE(edit_distance_is_the_textbook_one) {
  BOOST_TEST(rc::check("edit distance", [] {
    const auto a = any_line(), b = any_line();
    RC_ASSERT(edit_distance(a, b) == textbook_distance(a, b));
    RC_ASSERT(edit_distance(a, b) == edit_distance(b, a));
  }));
}

BOOST_AUTO_TEST_CASE(an_untouched_line_scores_as_doing_nothing) {
  BOOST_TEST(rc::check("output is input", [] {
    const auto noisy = any_line(), clean = any_line();
    const Measures measures = measure(noisy, clean, noisy);
    RC_ASSERT(measures.output.exact_lines == measures.do_nothing.exact_lines);
    RC_ASSERT(measures.output.edits == measures.do_nothing.edits);
    RC_ASSERT(measures.output.padded_matches == measures.do_nothing.padded_matches);
    RC_ASSERT(measures.words.errors_fixed == 0u);
    RC_ASSERT(measures.words.good_words_broken == 0u);
  }));
}

BOOST_AUTO_TEST_CASE(a_perfect_line_fixes_all_and_breaks_nothing) {
  BOOST_TEST(rc::check("output is clean", [] {
    const auto noisy = any_line(), clean = any_line();
    const Measures measures = measure(noisy, clean, clean);
    RC_ASSERT(measures.output.sentence() == 1.0);
    RC_ASSERT(measures.output.edits == 0u);
    RC_ASSERT(measures.output.padded_character() == 1.0);
    RC_ASSERT(measures.words.errors_fixed == measures.words.errors);
    RC_ASSERT(measures.words.good_words_broken == 0u);
  }));
}

BOOST_AUTO_TEST_CASE(every_clean_word_is_an_error_or_good) {
  BOOST_TEST(rc::check("counts of words", [] {
    const auto noisy = any_line(), clean = any_line(), output = any_line();
    const WordCounts words = measure(noisy, clean, output).words;
    RC_ASSERT(words.errors + words.good_words == count_words(clean));
    RC_ASSERT(words.errors_fixed <= words.errors);
    RC_ASSERT(words.good_words_broken <= words.good_words);
    if (noisy == clean) RC_ASSERT(words.errors == 0u);
  }));
}

}  // namespace favras::seq2seq
