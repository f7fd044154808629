// Windows over lines of any kind: what is in them, how they overlap, and which window's changes are taken.
#include "apps/seq2seq/decoding/windows.h"

#include <algorithm>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

#include "apps/seq2seq/data/utf8.h"

namespace favras::seq2seq {

namespace {

const Vocabulary& vocabulary() {
  static const Vocabulary letters(U" etaoinshrdlcumwfgypbvkjxqzTI.,-'\u00e9");
  return letters;
}

std::u32string_view part(std::u32string_view line, const Span& place) {
  return line.substr(place.begin, place.end - place.begin);
}

// "[for the model]as it is[for the model]"; where windows overlap, only cores:
// "[core<context][context>core]".
std::string cut(std::string_view utf8, std::size_t maximum_length = 60,
                const Vocabulary& known = vocabulary(), bool some_unknown = false) {
  const std::u32string line = decode_utf8(utf8);
  std::u32string text;
  std::size_t done = 0;
  for (const Window& window : find_windows(line, known, maximum_length, some_unknown)) {
    if (window.place.begin > done) text += line.substr(done, window.place.begin - done);
    text += U"[";
    if (window.place.begin < done) (text += part(line, {window.place.begin, done})) += U">";
    const std::size_t core_begin = std::max(done, window.place.begin);
    text += part(line, {core_begin, window.core_end});
    if (window.core_end < window.place.end) (text += U"<") += part(line, {window.core_end, window.place.end});
    text += U"]";
    done = window.core_end;
  }
  return encode_utf8(text + line.substr(done));
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_line_that_fits_is_one_window) {
  BOOST_TEST(cut("") == "");
  BOOST_TEST(cut("The cat sat.") == "[The cat sat.]");
  BOOST_TEST(cut("the  cat") == "[the  cat]");  // a space too many may be a mistake to mend
  BOOST_TEST(cut("The cat sat. The cat ate.") == "[The cat sat. The cat ate.]");
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

BOOST_AUTO_TEST_CASE(words_with_some_unknown_characters_are_read_where_these_can_be_copied) {
  const auto read = [](std::string_view text, std::size_t maximum_length = 60) {
    return cut(text, maximum_length, vocabulary(), true);
  };
  BOOST_TEST(read("the na\u00efve cat sat") == "[the na\u00efve cat sat]");
  BOOST_TEST(read("it\u2019s the cat") == "[it\u2019s the cat]");
  BOOST_TEST(read("n\u00ef ca\u00ef") == "n\u00ef [ca\u00ef]");  // more than half are known
  BOOST_TEST(read("the \u732b sat") == "[the] \u732b [sat]");
  BOOST_TEST(read("nai\u0308ve") == "nai\u0308ve");  // would become another character
  BOOST_TEST(read("\u201cna\u00efve\u201d cat") == "\u201c[na\u00efve]\u201d [cat]");
  BOOST_TEST(read("the na\u00efve cat", 5) == "[the] [na\u00efve] [cat]");
  BOOST_TEST(read("the na\u00efve cat", 4) == "[the] na\u00efve [cat]");
}

BOOST_AUTO_TEST_CASE(unknown_punctuation_around_a_word_does_not_keep_it_from_the_model) {
  BOOST_TEST(cut("\u201cteh cat\u201d sat") == "\u201c[teh cat]\u201d [sat]");
  BOOST_TEST(cut("the \u2014 cat!") == "[the] \u2014 [cat]!");
}

BOOST_AUTO_TEST_CASE(characters_are_counted_and_known_in_normal_form) {
  BOOST_TEST(cut("cafe\u0301 cat", 8) == "[cafe\u0301 cat]");
  BOOST_TEST(cut("cafe\u0301 cat", 7) == "[cafe\u0301] [cat]");
}

BOOST_AUTO_TEST_CASE(without_a_space_in_the_vocabulary_words_go_one_by_one) {
  BOOST_TEST(cut("ab  c", 60, Vocabulary(U"abc")) == "[ab]  [c]");
}

BOOST_AUTO_TEST_CASE(words_that_are_too_long_stay) {
  BOOST_TEST(cut("a catamaran sat", 8) == "[a] catamaran [sat]");
  BOOST_TEST(cut("catamaran", 9) == "[catamaran]");
}

BOOST_AUTO_TEST_CASE(long_lines_are_cut_behind_sentences) {
  BOOST_TEST(cut("The cat sat. It ate. Then it slept.", 20) == "[The cat sat. It ate.] [Then it slept.]");
  BOOST_TEST(cut("The cat sat. It ate. Then it slept.", 19) == "[The cat sat.] [It ate.] [Then it slept.]");
  BOOST_TEST(cut("The cat sat at 3.5 in. It ate.", 23) ==
             "[The cat sat at] 3.5 [in. It ate.]");  // digits are not known
}

// A fifth of 25: five characters of context.
BOOST_AUTO_TEST_CASE(long_sentences_are_cut_with_context_on_either_side) {
  BOOST_TEST(cut("the cat sat on the mat and ate the rat in the hat", 25) ==
             "[the cat sat on the< mat][the> mat and ate the< rat][the> rat in the hat]");
  BOOST_TEST(cut("It is. the cat sat on the mat and ate it. It is", 25) ==
             "[It is. the cat sat on< the][on> the mat and ate it.] [It is]");
  BOOST_TEST(cut("eeeee ttttt aaaaa ooooo nnnnn iiiii", 25) ==
             "[eeeee ttttt aaaaa< ooooo][aaaaa> ooooo nnnnn iiiii]");
  // Words that are too long for context, and one that leaves no room for it.
  BOOST_TEST(cut("mirror carpet window kettle", 13) == "[mirror carpet] [window kettle]");
  BOOST_TEST(cut("a i mirrors i a", 7) == "[a i] [mirrors] [i a]");
}

BOOST_AUTO_TEST_CASE(gaps_that_are_too_wide_part_windows) {
  BOOST_TEST(cut("the" + std::string(20, ' ') + "cat", 20) == "[the]" + std::string(20, ' ') + "[cat]");
}

BOOST_AUTO_TEST_CASE(windows_fit_the_model_and_hold_what_it_knows) {
  BOOST_TEST(rc::check("windows", [] {
    const auto line = *rc::gen::container<std::u32string>(rc::gen::element<char32_t>(
        U'a', U'e', U'T', U'\u00e9', U' ', U' ', U'.', U'!', U'\t', U'\u732b', U'\u0301', U'\u201c'));
    const auto maximum_length = *rc::gen::inRange<std::size_t>(1, 30);
    const auto windows = find_windows(line, vocabulary(), maximum_length);
    const auto is_known = [](char32_t c) { return vocabulary().contains(c); };
    std::vector<char> covered(line.size(), false);
    for (const auto& [place, core_end] : windows) {
      const std::u32string words = normalize(std::u32string(part(line, place)));
      RC_ASSERT(words.front() != U' ' && words.back() != U' ');
      RC_ASSERT(words.size() <= maximum_length);
      RC_ASSERT(std::all_of(words.begin(), words.end(), is_known));
      std::fill(covered.begin() + place.begin, covered.begin() + place.end, true);
    }
    for (std::size_t begin = 0; begin < line.size();) {
      std::size_t end = begin;
      while (end < line.size() && line[end] != U' ' && line[end] != U'\t') ++end;
      std::u32string_view word = part(line, {begin, end});
      const auto is_mark = [](char32_t c) { return c == U'!' || c == U'\u201c'; };
      while (!word.empty() && is_mark(word.front())) word.remove_prefix(1);
      while (!word.empty() && is_mark(word.back())) word.remove_suffix(1);
      const std::u32string normal = normalize(std::u32string(word));
      const bool expected =
          normal.size() <= maximum_length && std::all_of(normal.begin(), normal.end(), is_known);
      for (std::size_t i = 0; i < word.size(); ++i)
        RC_ASSERT(bool(covered[static_cast<std::size_t>(word.data() - line.data()) + i]) == expected);
      begin = end + 1;
    }
  }));
}

namespace {

std::size_t longest_word(std::u32string_view line) {
  std::size_t longest = 0;
  for (std::size_t begin = 0; begin < line.size();) {
    const std::size_t end = std::min(line.find(U' ', begin), line.size());
    longest = std::max(longest, end - begin);
    begin = end + 1;
  }
  return longest;
}

}  // namespace

BOOST_AUTO_TEST_CASE(windows_go_on_from_core_to_core) {
  BOOST_TEST(rc::check("cores", [] {
    const auto line = *rc::gen::container<std::u32string>(
        rc::gen::element<char32_t>(U'a', U'e', U'T', U'b', U'c', U' ', U' ', U'.'));
    const auto maximum_length = std::max(*rc::gen::inRange<std::size_t>(1, 30), longest_word(line));
    const auto windows = find_windows(line, vocabulary(), maximum_length);
    for (std::size_t i = 0; i < windows.size(); ++i) {
      const auto& [place, core_end] = windows[i];
      RC_ASSERT(place.begin < core_end && core_end <= place.end);
      RC_ASSERT(place.end - core_end <= maximum_length / 5 + 1 || line[core_end] == U' ');
      if (i + 1 == windows.size()) continue;
      const Window& next = windows[i + 1];
      RC_ASSERT(place.begin < next.place.begin && core_end < next.core_end);
      // Its core begins with the word behind this one's.
      const std::size_t next_core = line.find_first_not_of(U' ', core_end);
      RC_ASSERT(next.place.begin <= next_core && next_core < next.core_end);
      RC_ASSERT(next_core - next.place.begin <= maximum_length || next.place.begin == next_core);
    }
  }));
}

namespace {

// Words of the line and what each window would have instead: "old>new" for windows one after the other.
std::string join(std::u32string_view line, const std::vector<Window>& windows,
                 const std::vector<std::vector<Change>>& changes) {
  return encode_utf8(apply_changes(line, join_changes(line, windows, changes)));
}

}  // namespace

BOOST_AUTO_TEST_CASE(each_window_changes_its_own_core) {
  //                           0    5    10   15
  const std::u32string line = U"aaaa bbbb cccc dddd";
  const std::vector<Window> windows{{{0, 14}, 9}, {{5, 19}, 19}};  // both have "bbbb cccc"
  const auto joined = [&](const std::vector<Change>& first, const std::vector<Change>& second) {
    return join(line, windows, {first, second});
  };
  BOOST_TEST(joined({}, {}) == "aaaa bbbb cccc dddd");
  BOOST_TEST(joined({{{0, 4}, U"A"}}, {{{15, 19}, U"D"}}) == "A bbbb cccc D");
  // What both would change alike.
  BOOST_TEST(joined({{{5, 9}, U"B"}, {{10, 14}, U"C"}}, {{{5, 9}, U"B"}, {{10, 14}, U"C"}}) ==
             "aaaa B C dddd");
  // The seam moves to where they agree: before b, then behind c.
  BOOST_TEST(joined({{{10, 14}, U"C"}}, {{{10, 14}, U"c"}, {{15, 19}, U"D"}}) == "aaaa bbbb c D");
  BOOST_TEST(joined({{{0, 4}, U"A"}, {{5, 9}, U"B"}}, {{{5, 9}, U"b"}}) == "A B cccc dddd");
  // A change of both words.
  BOOST_TEST(joined({{{5, 14}, U"BC"}}, {{{5, 14}, U"BC"}, {{15, 19}, U"D"}}) == "aaaa BC D");
  // They agree nowhere: b and c stay, what is further away changes.
  BOOST_TEST(joined({{{0, 4}, U"A"}, {{5, 9}, U"B"}, {{10, 14}, U"C"}},
                    {{{5, 9}, U"b"}, {{10, 14}, U"c"}, {{15, 19}, U"D"}}) == "A bbbb cccc D");
  BOOST_TEST(joined({{{0, 14}, U"ABC"}}, {{{5, 19}, U"bcd"}}) == "aaaa bbbb cccc dddd");
}

// A word that came in may count as one before a gap or behind it.
BOOST_AUTO_TEST_CASE(what_one_window_has_before_a_gap_and_the_other_behind_it_never_comes_twice) {
  const std::u32string line = U"aaaa bbbb cccc dddd";
  const std::vector<Window> windows{{{0, 14}, 9}, {{5, 19}, 19}};
  BOOST_TEST(join(line, windows, {{{{5, 9}, U"bbbb new"}}, {{{10, 14}, U"new cccc"}}}) ==
             "aaaa bbbb cccc dddd");  // or not at all
  // At the end of a window, where the other cannot see it.
  BOOST_TEST(join(line, {{{0, 9}, 9}, {{5, 19}, 19}}, {{{{0, 4}, U"aaaa new"}}, {{{5, 9}, U"new bbbb"}}}) ==
             "aaaa new bbbb cccc dddd");
}

BOOST_AUTO_TEST_CASE(the_seam_is_near_the_end_of_the_core) {
  const std::u32string line = U"aaaa bbbb cccc dddd eeee ffff";
  for (const auto& [core_end, expected] : std::vector<std::pair<std::size_t, std::string>>{
           {19, "aaaa bbbb C dddd eeee ffff"}, {9, "aaaa bbbb cccc dddd eeee ffff"}})
    BOOST_TEST(join(line, {{{0, 24}, core_end}, {{5, 29}, 29}}, {{{{10, 14}, U"C"}}, {}}) == expected);
}

// The seam is before the first word of the next window, or behind the last one of this window.
BOOST_AUTO_TEST_CASE(a_seam_is_not_in_a_gap_that_one_window_changes) {
  const std::u32string line = U"xxxx aaaa  bbbb cccc";
  BOOST_TEST(join(line, {{{0, 15}, 9}, {{5, 20}, 20}}, {{}, {{{10, 10}, U"new"}}}) ==
             "xxxx aaaa new bbbb cccc");
  BOOST_TEST(join(line, {{{0, 15}, 8}, {{5, 20}, 20}}, {{{{10, 10}, U"new"}}, {}}) == "xxxx aaaa  bbbb cccc");
  BOOST_TEST(join(line, {{{0, 15}, 12}, {{5, 20}, 20}}, {{{{10, 10}, U"new"}}, {}}) ==
             "xxxx aaaa new bbbb cccc");
}

// A space of two may be left out at either place; never are both.
BOOST_AUTO_TEST_CASE(a_gap_that_either_window_changes_is_no_seam) {
  const std::u32string line = U"aaaa  bbbb cccc";
  const std::vector<Window> windows{{{0, 10}, 4}, {{0, 15}, 15}};
  BOOST_TEST(join(line, windows, {{{{0, 5}, U"aaaa"}}, {{{5, 10}, U"bbbb"}}}) == "aaaa  bbbb cccc");
}

BOOST_AUTO_TEST_CASE(windows_apart_change_what_they_hold) {
  const std::u32string line = U"aaaa x bbbb";
  BOOST_TEST(join(line, {{{0, 4}, 4}, {{7, 11}, 11}}, {{{{0, 4}, U"A"}}, {{{7, 11}, U"B"}}}) == "A x B");
}

}  // namespace favras::seq2seq
