// What is learnt from a few pairs, by hand, and how often it is done.
#include "apps/seq2seq/data/noise/edit_statistics.h"

#include <map>

#include <boost/test/unit_test.hpp>
#include <rapidcheck/boost_test.h>

#include "apps/seq2seq/data/edits.h"
#include "tests/apps/seq2seq/data/noise/noise_test_support.h"

using namespace favras::seq2seq;
using namespace favras::seq2seq::testing;

namespace {

using Pairs = std::vector<LowerCasePair>;
constexpr double kPrior = EditStatistics::kPriorLetters;
constexpr int kDraws = 20'000;

std::map<std::string, int> misspellings_of(const EditStatistics& statistics, const std::u32string& word) {
  std::map<std::string, int> counts;
  NoiseStream random({}, RandomPurpose::kHumanNoise);
  for (int i = 0; i < kDraws; ++i) ++counts[encode_utf8(statistics.misspell(word, random))];
  return counts;
}

// That learning from this one pair makes this one mistake in another word, and no other.
void check_learns(const LowerCasePair& pair, const std::u32string& word, const std::string& wrong) {
  const auto counts = misspellings_of(EditStatistics({pair}), word);
  BOOST_TEST(counts.size() == 1u, wrong);
  BOOST_TEST(counts.begin()->first == wrong);
}

// That these pairs teach as little as none.
void check_learns_nothing(const Pairs& pairs) {
  const EditStatistics statistics(pairs);
  for (const std::u32string word : {U"the", U"abcdefgh", U"thank", U"a", U"ab"}) {
    BOOST_TEST(statistics.rate(word) == 0.0);
    NoiseStream random({}, RandomPurpose::kHumanNoise);
    BOOST_TEST((statistics.misspell(word, random) == word));
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(each_kind_of_mistake_is_learnt_and_made_elsewhere) {
  check_learns({U"teh", U"the"}, U"whe", "weh");
  check_learns({U"adn", U"and"}, U"bold", "bodl");            // whatever comes before
  check_learns({U"beleive", U"believe"}, U"fieve", "feive");  // inside, not at the end
  check_learns({U"and", U"sand"}, U"sea", "ea");
  check_learns({U"lettr", U"letter"}, U"after", "aftr");
  check_learns({U"leter", U"letter"}, U"otter", "oter");  // the last of a run
  check_learns({U"untill", U"until"}, U"oil", "oill");
  check_learns({U"bannana", U"banana"}, U"dance", "dannce");
  check_learns({U"definate", U"definite"}, U"sting", "stang");
  check_learns({U"athelete", U"athlete"}, U"aphid", "apheid");
  check_learns({U"aend", U"end"}, U"ebb", "aebb");
  check_learns({U"andx", U"and"}, U"bold", "boldx");
  check_learns({U"dont", U"don't"}, U"won't", "wont");
}

// Whichever letter of a run the alignment touched, and wherever else the word went wrong.
BOOST_AUTO_TEST_CASE(runs_of_letters_are_treated_as_runs) {
  for (const std::u32string wrong : {U"leter", U"xeter", U"leterr"}) {
    const EditStatistics statistics(Pairs{{wrong, U"letter"}});
    BOOST_TEST(statistics.rate(U"utter") > 0.0);
    BOOST_TEST(statistics.rate(U"ute") == 0.0);
  }
  // One came before a, and n was doubled: none came after a.
  check_learns({U"xanny", U"any"}, U"ad", "xad");
  BOOST_TEST(EditStatistics(Pairs{{U"xanny", U"any"}}).rate(U"knit") > 0.0);
}

BOOST_AUTO_TEST_CASE(rates_lean_on_what_happens_after_other_letters) {
  // e at the end goes wrong once in two words, s at the beginning in its only one; 6 letters, 2 mistakes.
  const EditStatistics statistics(Pairs{{U"teh", U"the"}, {U"nhe", U"she"}});
  const double e = (1 + kPrior / 2) / (2 + kPrior) * 3, s = (1 + kPrior) / (1 + kPrior) * 3;
  BOOST_TEST(statistics.rate(U"the") == e, boost::test_tools::tolerance(1e-12));
  BOOST_TEST(statistics.rate(U"she") == s + e, boost::test_tools::tolerance(1e-12));
  BOOST_TEST(statistics.rate(U"be") == (kPrior / 2) / kPrior * 3, boost::test_tools::tolerance(1e-12));
  BOOST_TEST(statistics.rate(U"tea") == 0.0);
  BOOST_TEST(statistics.rate(U"zzz") == 0.0);
  BOOST_TEST(statistics.rate(U"") == 0.0);
}

BOOST_AUTO_TEST_CASE(so_does_what_happens) {
  const EditStatistics statistics(Pairs{{U"teh", U"the"}, {U"mex", U"me"}});
  auto counts = misspellings_of(statistics, U"whe");
  BOOST_TEST(counts.size() == 2u);
  check_rate(counts["weh"], kDraws, (1 + kPrior / 2) / (1 + kPrior));
  check_rate(counts["whex"], kDraws, (kPrior / 2) / (1 + kPrior));
}

BOOST_AUTO_TEST_CASE(letters_go_wrong_as_often_as_their_rates) {
  const EditStatistics statistics(Pairs{{U"teh", U"the"}, {U"nhe", U"she"}});
  auto counts = misspellings_of(statistics, U"she");
  BOOST_TEST(counts.size() == 2u);
  check_rate(counts["nhe"], kDraws, 2.0 / 3);  // rates of 1 and 1/2
  check_rate(counts["seh"], kDraws, 1.0 / 3);
}

BOOST_AUTO_TEST_CASE(there_are_as_many_edits_as_in_the_pairs) {
  const EditStatistics statistics(Pairs{{U"bc", U"abc"}, {U"c", U"abc"}, {U"bc", U"abc"}, {U"c", U"bcdabc"}});
  auto counts = misspellings_of(statistics, U"aaa");  // the first a goes each time
  BOOST_TEST(counts.size() == 2u);
  check_rate(counts["aa"], kDraws, 2.0 / 3);
  check_rate(counts["a"], kDraws, 1.0 / 3);
}

BOOST_AUTO_TEST_CASE(nothing_is_learnt_from_what_is_too_different_or_no_word) {
  check_learns_nothing({});
  check_learns_nothing({{U"efgh", U"the"}, {U"h", U"thank"}});  // four edits
  check_learns_nothing({{U"alot", U"a lot"}, {U"th e", U"the"}, {U"the1", U"the"}, {U"eh", U"a"}});
}

// A word of one letter would be gone.
BOOST_AUTO_TEST_CASE(a_word_of_one_letter_stays) {
  const EditStatistics statistics(Pairs{{U"nd", U"and"}});
  BOOST_TEST(statistics.rate(U"a") > 0.0);
  BOOST_TEST(misspellings_of(statistics, U"a").size() == 1u);
  BOOST_TEST(misspellings_of(statistics, U"a").begin()->first == "a");
}

RC_BOOST_PROP(the_mean_letter_has_the_rate_1, ()) {
  const auto word = rc::gen::map(rc::gen::container<std::string>(rc::gen::elementOf(std::string("abc"))),
                                 [](const std::string& text) { return decode_utf8("a" + text); });
  Pairs pairs;
  for (const auto& [wrong, right] :
       *rc::gen::container<std::vector<std::pair<std::u32string, std::u32string>>>(rc::gen::pair(word, word)))
    pairs.push_back({wrong, right});
  const EditStatistics statistics(pairs);
  double rates = 0.0, letters = 0.0;
  for (const LowerCasePair& pair : pairs) {
    const std::size_t edits = find_edits(pair.wrong, pair.right).size();
    if (pair.right.size() < 2 || edits == 0 || edits > EditStatistics::kMostEdits) continue;
    rates += statistics.rate(pair.right);
    letters += static_cast<double>(pair.right.size());
  }
  RC_ASSERT(std::abs(rates - letters) <= 1e-9 * letters);
}
