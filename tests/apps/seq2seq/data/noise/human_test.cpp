// Mistakes of people: their rates, their case, what stays right, and that those held out are never made.
#include "apps/seq2seq/data/noise/human.h"

#include <algorithm>
#include <map>
#include <set>

#include <boost/test/unit_test.hpp>

#include "tests/apps/seq2seq/data/noise/noise_test_support.h"

using namespace favras::seq2seq;
using namespace favras::seq2seq::testing;

namespace {

constexpr int kLines = 200'000;

using Pairs = std::vector<Misspelling>;

HumanNoise human(const Pairs& pairs, double weight = 1, int maximum_length = 60) {
  return {pairs, printable_ascii(), maximum_length, weight};
}

std::map<std::string, int> all_of(const HumanNoise& noise, std::u32string_view line, int lines = 20'000) {
  std::map<std::string, int> counts;
  for (int i = 0; i < lines; ++i) ++counts[encode_utf8(noisy(noise, line, key_of(i)))];
  return counts;
}

// The last letter but one goes wrong; "cold" has a listed form besides.
const Pairs kPairs{{"cwold", "cold"}, {"bodl", "bold"}, {"cdol", "cold"}};

// Words that fall on both sides, with two misspellings each, some of them shared.
Pairs many_pairs() {
  Pairs pairs;
  for (char a = 'a'; a <= 'z'; ++a)
    for (char b = 'a'; b <= 'j'; ++b) {
      const std::string right{a, b, 't', a, 'e'};
      pairs.push_back({{b, a, 't', a, 'e'}, right});
      pairs.push_back({{a, b, 't', 'e'}, right});
      pairs.push_back({{a, b, 't', b, 'e'}, right});
    }
  return pairs;
}

}  // namespace

BOOST_AUTO_TEST_CASE(nothing_here_is_held_out) {
  for (const Misspelling& pair : kPairs) BOOST_REQUIRE(!is_held_out(pair));
}

BOOST_AUTO_TEST_CASE(words_go_wrong_at_the_rate_of_their_letters) {
  const EditStatistics statistics(divide(kPairs).training);
  for (const double weight : {1.0, 3.0}) {
    auto counts = all_of(human(kPairs, weight), U"bold", kLines);
    check_rate(kLines - counts["bold"], kLines, weight / 60 * statistics.rate(U"bold"));
  }
  // Eight letters, of which four go wrong in three pairs: 12 letters learnt from, so rates are 12 by 4 edits.
  BOOST_TEST(statistics.rate(U"cold") * 2 + statistics.rate(U"bold") == 12.0,
             boost::test_tools::tolerance(1e-12));
}

BOOST_AUTO_TEST_CASE(half_the_mistakes_in_listed_words_are_listed_ones) {
  const Pairs pairs{{"zzzzz", "the"}, {"yyyyyyy", "the"}, {"teh", "the"}};  // the first two teach no edits
  for (const Misspelling& pair : pairs) BOOST_REQUIRE(!is_held_out(pair));
  auto counts = all_of(human(pairs, 5), U"the", kLines);
  BOOST_TEST(counts.size() == 4u);
  const double p = 5.0 / 60 * EditStatistics(divide(pairs).training).rate(U"the");
  BOOST_TEST(p == 0.25);
  check_rate(counts["zzzzz"], kLines, p / 2 / 3);
  check_rate(counts["yyyyyyy"], kLines, p / 2 / 3);
  check_rate(counts["teh"], kLines, p / 2 / 3 + p / 2);
}

BOOST_AUTO_TEST_CASE(listed_forms_are_equally_frequent) {
  const Pairs pairs{{"fo", "of"}, {"ofcourse", "of course"}, {"offcourse", "of course"}, {"ur", "our"}};
  for (const Misspelling& pair : pairs) BOOST_REQUIRE(!is_held_out(pair));
  auto counts = all_of(human(pairs, 5), U"of course", kLines);
  const int listed = counts["ofcourse"] + counts["offcourse"];
  check_rate(counts["ofcourse"], listed, 0.5);
  const double p = 5.0 / 60 * EditStatistics(divide(pairs).training).rate(U"of");
  check_rate(listed, kLines, p / 2 * 2 / 3);
}

BOOST_AUTO_TEST_CASE(case_is_kept_and_what_is_around_a_word_is_left_alone) {
  const Pairs pairs{{"teh", "the"}};
  const auto seen = [&](std::u32string_view line) {
    std::set<std::string> texts;
    for (const auto& [text, count] : all_of(human(pairs, 10), line)) texts.insert(text);
    return texts;
  };
  using Texts = std::set<std::string>;
  BOOST_TEST((seen(U"the") == Texts{"the", "teh"}));
  BOOST_TEST((seen(U"The") == Texts{"The", "Teh"}));
  BOOST_TEST((seen(U"THE") == Texts{"THE", "TEH"}));
  BOOST_TEST((seen(U"tHe") == Texts{"tHe"}));
  BOOST_TEST((seen(U"\"(The!)\" 2") == Texts{"\"(The!)\" 2", "\"(Teh!)\" 2"}));
  BOOST_TEST((seen(U"the, THE") == Texts{"the, THE", "teh, THE", "the, TEH", "teh, TEH"}));
  BOOST_TEST((seen(U"12 .. 3") == Texts{"12 .. 3"}));
  BOOST_TEST((seen(U"") == Texts{""}));
}

// A phrase and the words in it: what went wrong as a whole does not go wrong once more.
BOOST_AUTO_TEST_CASE(phrases_become_what_is_listed_for_them) {
  const Pairs pairs{{"alot", "a lot"}, {"nd", "and"}, {"lt", "lot"}};
  for (const Misspelling& pair : pairs) BOOST_REQUIRE(!is_held_out(pair));
  std::set<std::string> texts;
  for (const auto& [text, count] : all_of(human(pairs, 10), U"A lot of it")) texts.insert(text);
  BOOST_TEST((texts == std::set<std::string>{"A lot of it", "Alot of it", "A lt of it"}));
}

BOOST_AUTO_TEST_CASE(a_line_does_not_grow_beyond_the_maximum_length) {
  const Pairs pairs{{"theex", "the"}, {"thhe", "the"}, {"te", "the"}};
  const std::u32string line = U"the the";
  for (const auto& [maximum, longest] : {std::pair{7, 7u}, std::pair{8, 8u}, std::pair{60, 11u}}) {
    std::size_t seen = 0, shortest = 99;
    for (const auto& [text, count] : all_of(human(pairs, 10, maximum), line, kLines)) {
      seen = std::max(seen, text.size());
      shortest = std::min(shortest, text.size());
    }
    BOOST_TEST(seen == longest);
    BOOST_TEST(shortest < 7u);
  }
  // A line that is too long already may still change.
  BOOST_TEST(all_of(human({{"teh", "the"}}, 10, 3), line).size() > 1u);
}

BOOST_AUTO_TEST_CASE(characters_that_the_vocabulary_lacks_are_not_made) {
  const HumanNoise noise(Pairs{{"th\u00E9", "the"}, {"teh", "the"}}, Vocabulary(U"theTH"), 60, 10);
  std::set<std::string> texts;
  for (const auto& [text, count] : all_of(noise, U"the")) texts.insert(text);
  BOOST_TEST((texts == std::set<std::string>{"the", "teh"}));
  // E is unknown.
  BOOST_TEST(all_of(noise, U"THE").size() == 1u);
}

// Neither from the list nor by the edits that are learnt from it.
BOOST_AUTO_TEST_CASE(held_out_misspellings_are_never_made) {
  const Pairs pairs = many_pairs();
  std::set<std::u32string> held_out_wrong;
  std::size_t held_out = 0;
  for (const Misspelling& pair : pairs)
    if (is_held_out(pair)) held_out_wrong.insert(decode_utf8(pair.wrong)), ++held_out;
  BOOST_TEST_REQUIRE(held_out > 20u);
  const HumanNoise noise = human(pairs, 10);
  int changed = 0;
  for (const Misspelling& pair : pairs) {
    const std::u32string right = decode_utf8(pair.right);
    for (int i = 0; i < 400; ++i) {
      const std::u32string wrong = noisy(noise, right, key_of(i));
      if (wrong == right) continue;
      ++changed;
      if (held_out_wrong.contains(wrong)) BOOST_ERROR(encode_utf8(right) + " became " + encode_utf8(wrong));
    }
  }
  BOOST_TEST(changed > 10'000);
}

// Words that are held out go wrong all the same, as any other word does.
BOOST_AUTO_TEST_CASE(held_out_words_go_wrong_by_what_is_learnt_from_others) {
  const Pairs pairs = many_pairs();
  const HumanNoise noise = human(pairs, 10);
  for (const Misspelling& pair : pairs)
    if (is_held_out(pair)) BOOST_TEST(all_of(noise, decode_utf8(pair.right), 2000).size() > 1u);
}

// Nothing could be learnt of how often words go wrong.
BOOST_AUTO_TEST_CASE(a_list_of_phrases_alone_is_refused) {
  BOOST_CHECK_THROW(human({{"alot", "a lot"}, {"infact", "in fact"}}), std::runtime_error);
}
