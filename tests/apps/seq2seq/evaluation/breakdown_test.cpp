// Counts by kind of mistake and by length on cases worked out by hand, and what must hold for any lines.
#include "apps/seq2seq/evaluation/breakdown.h"

#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

namespace favras::seq2seq {

namespace {

struct Lines {
  std::u32string noisy, clean, output;
};

Breakdown break_down(const std::vector<Lines>& all) {
  Breakdown breakdown;
  for (const auto& [noisy, clean, output] : all) breakdown.add(noisy, clean, output);
  return breakdown;
}

std::u32string any_line() {
  return *rc::gen::container<std::u32string>(rc::gen::element(U'a', U'b', U'c', U' '));
}

std::vector<Lines> any_lines() {
  std::vector<Lines> all(*rc::gen::inRange<std::size_t>(0, 6));
  for (Lines& lines : all) {
    lines = {any_line(), any_line(), any_line()};
    if (*rc::gen::inRange(0, 3) == 0) lines.noisy = lines.clean;
  }
  return all;
}

constexpr auto kReplace = static_cast<std::size_t>(EditKind::kReplace),
               kDelete = static_cast<std::size_t>(EditKind::kDelete),
               kInsert = static_cast<std::size_t>(EditKind::kInsert),
               kSwap = static_cast<std::size_t>(EditKind::kSwap);

// Of a line with mistakes of one kind only.
void check_kind(std::size_t kind, const Lines& lines, std::uint64_t mistakes, std::uint64_t repaired) {
  const Breakdown breakdown = break_down({lines});
  const std::string name(lines.noisy.begin(), lines.noisy.end());
  for (std::size_t other = 0; other < kEditKindNames.size(); ++other) {
    BOOST_TEST(breakdown.by_kind[other].lines == (other == kind ? 1u : 0u), name);
    BOOST_TEST(breakdown.mistakes[other].mistakes == (other == kind ? mistakes : 0u), name);
    BOOST_TEST(breakdown.mistakes[other].repaired == (other == kind ? repaired : 0u), name);
  }
  BOOST_TEST(breakdown.without_mistakes.lines == 0u, name);
}

bool same(const WordCounts& a, const WordCounts& b) {
  return a.errors == b.errors && a.errors_fixed == b.errors_fixed && a.good_words == b.good_words &&
         a.good_words_broken == b.good_words_broken;
}

}  // namespace

BOOST_AUTO_TEST_CASE(each_kind_repaired_and_left) {
  const std::u32string clean = U"the cat sat";
  for (const auto& [kind, noisy] : {std::pair(kReplace, U"tha cat sat"), std::pair(kDelete, U"th cat sat"),
                                    std::pair(kInsert, U"thhe cat sat"), std::pair(kSwap, U"teh cat sat")}) {
    check_kind(kind, {noisy, clean, clean}, 1, 1);
    check_kind(kind, {noisy, clean, noisy}, 1, 0);
    check_kind(kind, {noisy, clean, U"tie cat sat"}, 1, 0);  // wrong in another way
    check_kind(kind, {noisy, clean, U"the cut sat"}, 1, 1);  // wrong in another word
    check_kind(kind, {noisy, clean, U""}, 1, 0);
  }
}

BOOST_AUTO_TEST_CASE(mistakes_of_spaces) {
  check_kind(kDelete, {U"alot of it", U"a lot of it", U"a lot of it"}, 1, 1);
  check_kind(kDelete, {U"alot of it", U"a lot of it", U"alot of it"}, 1, 0);
  check_kind(kDelete, {U"alot of it", U"a lot of it", U"a let of it"}, 1, 0);  // both words must be right
  check_kind(kDelete, {U"alot of it", U"a lot of it", U"a lot if it"}, 1, 1);
  check_kind(kInsert, {U"a l ot", U"a lot", U"a lot"}, 1, 1);
  check_kind(kInsert, {U"a l ot", U"a lot", U"a lo t"}, 1, 0);
  check_kind(kInsert, {U"a  lot", U"a lot", U"a lot"}, 1, 1);
  check_kind(kInsert, {U"a  lot", U"a lot", U"a  lot"}, 1, 0);
  check_kind(kSwap, {U"int he box", U"in the box", U"in the box"}, 1, 1);
  check_kind(kSwap, {U"int he box", U"in the box", U"in he box"}, 1, 0);
  check_kind(kReplace, {U"inxthe box", U"in the box", U"in the bxo"}, 1, 1);
  check_kind(kDelete, {U"th cat", U"the cat", U"thecat"}, 1, 0);  // now its end is lost
  check_kind(kDelete, {U"th cat", U"the cat", U"thex cat"}, 1, 0);
}

BOOST_AUTO_TEST_CASE(several_mistakes_of_a_kind) {
  check_kind(kSwap, {U"teh act sat", U"the cat sat", U"the act sat"}, 2, 1);
  check_kind(kReplace, {U"txy cat", U"the cat", U"the cat"}, 2, 2);
  check_kind(kReplace, {U"in therx", U"in there", U"in xhere"}, 1, 0);  // wrong at its other end
  check_kind(kReplace, {U"in xhere", U"in there", U"in therx"}, 1, 0);
  check_kind(kReplace, {U"txy cat", U"the cat", U"thy cat"}, 2, 0);  // a word is right as a whole or not
}

BOOST_AUTO_TEST_CASE(a_line_counts_under_each_of_its_kinds) {
  const Breakdown breakdown = break_down({{U"teh ct saat un", U"the cat sat on", U"the cat saat on"},
                                          {U"teh cat", U"the cat", U"the cat"},
                                          {U"the cat", U"the cat", U"the bat"},
                                          {U"the cat", U"the cat", U"the cat"}});
  const struct {
    std::size_t kind;
    std::uint64_t lines, exact, mistakes, repaired;
  } expected[] = {{kReplace, 1, 0, 1, 1}, {kDelete, 1, 0, 1, 1}, {kInsert, 1, 0, 1, 0}, {kSwap, 2, 1, 2, 2}};
  for (const auto& [kind, lines, exact, mistakes, repaired] : expected) {
    BOOST_TEST_CONTEXT(kEditKindNames[kind]) {
      BOOST_TEST(breakdown.by_kind[kind].lines == lines);
      BOOST_TEST(breakdown.by_kind[kind].exact_lines == exact);
      BOOST_TEST(breakdown.mistakes[kind].mistakes == mistakes);
      BOOST_TEST(breakdown.mistakes[kind].repaired == repaired);
    }
  }
  BOOST_TEST(breakdown.by_kind[kSwap].words.errors == 5u);
  BOOST_TEST(breakdown.by_kind[kSwap].words.errors_fixed == 4u);
  BOOST_TEST(breakdown.by_kind[kInsert].words.errors_fixed == 3u);
  BOOST_TEST(breakdown.without_mistakes.lines == 2u);
  BOOST_TEST(breakdown.without_mistakes.exact_lines == 1u);
  BOOST_TEST(breakdown.without_mistakes.words.good_words == 4u);
  BOOST_TEST(breakdown.without_mistakes.words.good_words_broken == 1u);
}

BOOST_AUTO_TEST_CASE(groups_of_ten_lengths_of_the_clean_line) {
  std::vector<Lines> all;
  for (const std::size_t length : {0, 1, 10, 11, 20, 21, 60}) {
    const std::u32string clean(length, U'a');
    all.push_back({clean + U"bbbbbbbbbbbb", clean, clean});
  }
  all.back().output = U"";
  const Breakdown breakdown = break_down(all);
  const std::vector<std::array<std::size_t, 3>> expected = {{10, 3, 3}, {20, 2, 2}, {30, 1, 1}, {60, 1, 0}};
  std::vector<std::array<std::size_t, 3>> counted;
  for (const auto& [longest, group] : breakdown.by_length)
    counted.push_back({longest, group.lines, group.exact_lines});
  BOOST_TEST((counted == expected));
}

BOOST_AUTO_TEST_CASE(counts_add_up) {
  BOOST_TEST(rc::check("sums", [] {
    const auto all = any_lines();
    const Breakdown breakdown = break_down(all);
    Measures measures;
    std::uint64_t unchanged = 0, mistakes = 0;
    for (const auto& [noisy, clean, output] : all) {
      measures.add(noisy, clean, output);
      unchanged += noisy == clean;
      mistakes += find_edits(noisy, clean).size();
    }
    LineGroup sum;
    for (const auto& [longest, group] : breakdown.by_length) {
      sum.lines += group.lines;
      sum.exact_lines += group.exact_lines;
      sum.words += group.words;
    }
    RC_ASSERT(sum.lines == all.size());
    RC_ASSERT(sum.exact_lines == measures.output.exact_lines);
    RC_ASSERT(same(sum.words, measures.words));
    RC_ASSERT(breakdown.without_mistakes.lines == unchanged);
    RC_ASSERT(breakdown.without_mistakes.words.errors == 0u);
    for (std::size_t kind = 0; kind < kEditKindNames.size(); ++kind) {
      RC_ASSERT(breakdown.mistakes[kind].repaired <= breakdown.mistakes[kind].mistakes);
      RC_ASSERT(breakdown.by_kind[kind].lines <= breakdown.mistakes[kind].mistakes);
      RC_ASSERT(breakdown.by_kind[kind].lines + unchanged <= all.size());
      mistakes -= breakdown.mistakes[kind].mistakes;
    }
    RC_ASSERT(mistakes == 0u);
  }));
}

BOOST_AUTO_TEST_CASE(perfect_outputs_repair_all) {
  BOOST_TEST(rc::check("output is clean", [] {
    auto all = any_lines();
    for (Lines& lines : all) lines.output = lines.clean;
    const Breakdown breakdown = break_down(all);
    for (std::size_t kind = 0; kind < kEditKindNames.size(); ++kind) {
      const LineGroup& group = breakdown.by_kind[kind];
      RC_ASSERT(breakdown.mistakes[kind].repaired == breakdown.mistakes[kind].mistakes);
      RC_ASSERT(group.exact_lines == group.lines);
      RC_ASSERT(group.words.errors_fixed == group.words.errors);
      RC_ASSERT(group.words.good_words_broken == 0u);
    }
  }));
}

BOOST_AUTO_TEST_CASE(doing_nothing_repairs_nothing) {
  BOOST_TEST(rc::check("output is noisy", [] {
    auto all = any_lines();
    for (Lines& lines : all) lines.output = lines.noisy;
    const Breakdown breakdown = break_down(all);
    for (std::size_t kind = 0; kind < kEditKindNames.size(); ++kind) {
      const LineGroup& group = breakdown.by_kind[kind];
      RC_ASSERT(breakdown.mistakes[kind].repaired == 0u);
      RC_ASSERT(group.exact_lines == 0u);
      RC_ASSERT(group.words.errors_fixed == 0u);
      RC_ASSERT(group.words.good_words_broken == 0u);
    }
    RC_ASSERT(breakdown.without_mistakes.exact_lines == breakdown.without_mistakes.lines);
  }));
}

}  // namespace favras::seq2seq
