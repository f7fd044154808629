// The edits between lines on cases worked out by hand, and what must hold for any lines.
#include "apps/seq2seq/data/edits.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

namespace favras::seq2seq {

namespace {

std::u32string any_line() {
  return *rc::gen::container<std::u32string>(rc::gen::element(U'a', U'b', U'c', U' '));
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
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
    }
  }
  return d[a.size()][b.size()];
}

void check_edits(std::u32string_view line, std::u32string_view clean, const std::vector<Edit>& expected) {
  BOOST_TEST((find_edits(line, clean) == expected), std::string(line.begin(), line.end()));
}

using enum EditKind;

}  // namespace

BOOST_AUTO_TEST_CASE(one_of_each_kind) {
  check_edits(U"the cat", U"the cat", {});
  check_edits(U"", U"", {});
  check_edits(U"the cut", U"the cat", {{kReplace, {5, 6}, {5, 6}}});
  check_edits(U"the ct", U"the cat", {{kDelete, {5, 5}, {5, 6}}});
  check_edits(U"the coat", U"the cat", {{kInsert, {5, 6}, {5, 5}}});
  check_edits(U"the act", U"the cat", {{kSwap, {4, 6}, {4, 6}}});
}

BOOST_AUTO_TEST_CASE(at_the_ends_of_lines) {
  check_edits(U"a", U"", {{kInsert, {0, 1}, {0, 0}}});
  check_edits(U"", U"a", {{kDelete, {0, 0}, {0, 1}}});
  check_edits(U"he", U"the", {{kDelete, {0, 0}, {0, 1}}});
  check_edits(U"th", U"the", {{kDelete, {2, 2}, {2, 3}}});
  check_edits(U"hte", U"the", {{kSwap, {0, 2}, {0, 2}}});
  check_edits(U"xthey", U"the", {{kInsert, {0, 1}, {0, 0}}, {kInsert, {4, 5}, {3, 3}}});
}

BOOST_AUTO_TEST_CASE(words_split_and_joined) {
  check_edits(U"alot of", U"a lot of", {{kDelete, {1, 1}, {1, 2}}});
  check_edits(U"in to", U"into", {{kInsert, {2, 3}, {2, 2}}});
  check_edits(U"int he", U"in the", {{kSwap, {2, 4}, {2, 4}}});
}

BOOST_AUTO_TEST_CASE(several_in_one_line) {
  check_edits(U"teh ct saat un", U"the cat sat on",
              {{kSwap, {1, 3}, {1, 3}},
               {kDelete, {5, 5}, {5, 6}},
               {kInsert, {8, 9}, {9, 9}},
               {kReplace, {12, 13}, {12, 13}}});
  check_edits(U"ab", U"bba", {{kDelete, {0, 0}, {0, 1}}, {kSwap, {0, 2}, {1, 3}}});  // not a replacement
  // None touches what another did: not a swap with a letter put between, but two edits.
  BOOST_TEST(find_edits(U"ca", U"abc").size() == 3u);
}

BOOST_AUTO_TEST_CASE(swaps_of_far_letters_are_none) {
  for (const Edit& edit : find_edits(U"cba", U"abc")) BOOST_TEST((edit.kind != kSwap));
}

// A table of all pairs of their characters would take 90 GB.
BOOST_AUTO_TEST_CASE(enormous_lines_take_bounded_memory) {
  const std::u32string middle(300'000, U'a');
  const auto edits = find_edits(U"xy" + middle + U"z", U"yx" + middle + U"c");
  BOOST_TEST((edits.front() == Edit{kSwap, {0, 2}, {0, 2}}));
  BOOST_TEST((edits.back() == Edit{kReplace, {300'002, 300'003}, {300'002, 300'003}}));
  BOOST_TEST(edits.size() == 2u);
}

BOOST_AUTO_TEST_CASE(there_are_as_few_as_can_be) {
  BOOST_TEST(rc::check("number of edits", [] {
    const auto line = any_line(), clean = any_line();
    RC_ASSERT(find_edits(line, clean).size() == textbook_distance(line, clean));
  }));
}

BOOST_AUTO_TEST_CASE(they_make_the_line_of_the_clean_one) {
  BOOST_TEST(rc::check("edits done", [] {
    const auto line = any_line(), clean = any_line();
    std::u32string made;
    std::size_t taken = 0;  // of the clean line
    for (const auto& [kind, there, here] : find_edits(line, clean)) {
      RC_ASSERT(here.begin >= taken);
      made += clean.substr(taken, here.begin - taken);
      RC_ASSERT(made.size() == there.begin);
      const std::size_t size = there.end - there.begin, clean_size = here.end - here.begin;
      const auto wrong = line.substr(there.begin, size), right = clean.substr(here.begin, clean_size);
      RC_ASSERT(size == (kind == kDelete ? 0u : kind == kSwap ? 2u : 1u));
      RC_ASSERT(clean_size == (kind == kInsert ? 0u : kind == kSwap ? 2u : 1u));
      RC_ASSERT(wrong != right);
      if (kind == kSwap) RC_ASSERT(wrong == std::u32string(right.rbegin(), right.rend()));
      made += wrong;
      taken = here.end;
    }
    RC_ASSERT(made + clean.substr(taken) == line);
  }));
}

}  // namespace favras::seq2seq
