// Slips of the fingers: their rates, what they hit, and where there are none.
#include "apps/seq2seq/data/noise/keyboard.h"

#include <algorithm>
#include <map>
#include <set>

#include <boost/test/unit_test.hpp>

#include "tests/apps/seq2seq/data/noise/noise_test_support.h"

using namespace favras::seq2seq;
using namespace favras::seq2seq::testing;

namespace {

constexpr int kLines = 100'000;
constexpr std::u32string_view kLine = U"qpzmwoxneivrcubtlagk";  // no two neighbours lie beside each other

KeyboardNoise qwerty(double weight = 1, int maximum_length = 60) {
  return {KeyboardLayout::kQwerty, printable_ascii(), maximum_length, weight};
}

bool are_beside(char32_t a, char32_t b) {
  return neighbours(KeyboardLayout::kQwerty, a).find(b) != std::u32string::npos;
}

enum class Slip { kNone, kReplaced, kDropped, kBeside, kDoubled, kSwapped, kSeveral };

// The one slip that makes `typed` of kLine.
Slip classify(const std::u32string& typed) {
  const std::u32string line(kLine);
  if (typed == line) return Slip::kNone;
  const auto same = std::mismatch(line.begin(), line.end(), typed.begin(), typed.end());
  const auto place = static_cast<std::size_t>(same.first - line.begin());
  std::u32string slipped = line;
  if (typed.size() < line.size()) return slipped.erase(place, 1) == typed ? Slip::kDropped : Slip::kSeveral;
  if (typed.size() > line.size()) {
    if (slipped.insert(place, 1, typed[place]) != typed) return Slip::kSeveral;
    if (place > 0 && typed[place] == typed[place - 1]) return Slip::kDoubled;
    const bool beside = (place > 0 && are_beside(typed[place - 1], typed[place])) ||
                        (place + 1 < typed.size() && are_beside(typed[place + 1], typed[place]));
    return beside ? Slip::kBeside : Slip::kSeveral;
  }
  if (slipped[place] = typed[place]; slipped == typed)
    return are_beside(line[place], typed[place]) ? Slip::kReplaced : Slip::kSeveral;
  slipped = line;
  if (place + 1 < line.size()) std::swap(slipped[place], slipped[place + 1]);
  return slipped == typed ? Slip::kSwapped : Slip::kSeveral;
}

std::map<Slip, int> count_slips(const KeyboardNoise& noise) {
  std::map<Slip, int> counts;
  for (int i = 0; i < kLines; ++i) ++counts[classify(noisy(noise, kLine, key_of(i)))];
  return counts;
}

// What becomes of a line of the same character.
std::set<std::u32string> all_of(const KeyboardNoise& noise, std::u32string_view line) {
  std::set<std::u32string> seen;
  for (int i = 0; i < 20'000; ++i) seen.insert(noisy(noise, line, key_of(i)));
  return seen;
}

}  // namespace

// The last character cannot change places with a next one.
BOOST_AUTO_TEST_CASE(slips_have_the_stated_rates) {
  const auto n = static_cast<double>(kLine.size());
  for (std::size_t i = 0; i + 1 < kLine.size(); ++i) BOOST_REQUIRE(!are_beside(kLine[i], kLine[i + 1]));
  for (const double weight : {1.0, 2.5}) {
    auto counts = count_slips(qwerty(weight));
    const double r = KeyboardNoise::kRate * weight, any = 1 - 4 * r, last = 1 - 3 * r;
    const double alone = (n - 1) * std::pow(any, n - 2) * last + std::pow(any, n - 1);
    const double swap_alone = (n - 2) * std::pow(any, n - 3) * last + std::pow(any, n - 2);
    check_rate(counts[Slip::kNone], kLines, std::pow(any, n - 1) * last);
    check_rate(counts[Slip::kReplaced], kLines, r * alone);
    check_rate(counts[Slip::kDropped], kLines, r * alone);
    check_rate(counts[Slip::kBeside], kLines, r / 2 * alone);
    check_rate(counts[Slip::kDoubled], kLines, r / 2 * alone);
    check_rate(counts[Slip::kSwapped], kLines, r * swap_alone);
  }
}

BOOST_AUTO_TEST_CASE(as_many_mistakes_as_the_uniform_noise) { BOOST_TEST(KeyboardNoise::kRate == 0.2 / 60); }

BOOST_AUTO_TEST_CASE(every_neighbour_is_hit_and_nothing_else) {
  const std::set<std::u32string> expected{U"s",  U"",   U"ss", U"w",  U"e",  U"a",  U"d",
                                          U"z",  U"x",  U"ws", U"es", U"as", U"ds", U"zs",
                                          U"xs", U"sw", U"se", U"sa", U"sd", U"sz", U"sx"};
  BOOST_TEST((all_of(qwerty(10), U"s") == expected));
}

BOOST_AUTO_TEST_CASE(capitals_stay_capitals) {
  for (const std::u32string& text : all_of(qwerty(), U"LLL"))
    for (const char32_t c : text) BOOST_TEST((std::u32string_view(U"LOPK").find(c) != std::u32string::npos));
}

BOOST_AUTO_TEST_CASE(neighbours_that_the_vocabulary_lacks_are_not_hit) {
  const KeyboardNoise noise(KeyboardLayout::kQwerty, Vocabulary(U"sx"), 60);
  for (const std::u32string& text : all_of(noise, U"ss"))
    BOOST_TEST((text.find_first_not_of(U"sx") == text.npos));
}

BOOST_AUTO_TEST_CASE(another_board_has_other_neighbours) {
  const KeyboardNoise noise(KeyboardLayout::kQwertz, printable_ascii(), 60);
  BOOST_TEST(all_of(noise, U"zz").contains(U"zt"));
  BOOST_TEST(!all_of(noise, U"zz").contains(U"zx"));
  BOOST_TEST(all_of(qwerty(), U"zz").contains(U"zx"));
}

BOOST_AUTO_TEST_CASE(spaces_are_left_out_and_swapped_alone) {
  const std::set<std::u32string> expected{U"\u4E00 \u4E01", U"\u4E00\u4E01", U" \u4E00\u4E01",
                                          U"\u4E00\u4E01 "};
  std::set<std::u32string> seen;
  for (const std::u32string& text : all_of(qwerty(), U"\u4E00 \u4E01"))
    if (text.find(U'\u4E00') != text.npos && text.find(U'\u4E01') != text.npos && text.size() <= 3 &&
        text.find(U'\u4E00') < text.find(U'\u4E01'))
      seen.insert(text);
  BOOST_TEST((seen == expected));
}

BOOST_AUTO_TEST_CASE(a_line_stays_within_the_maximum_length) {
  const std::u32string line(60, U's');
  std::size_t longest = 0;
  for (int i = 0; i < 5'000; ++i) longest = std::max(longest, noisy(qwerty(10), line, key_of(i)).size());
  BOOST_TEST(longest == 60u);
  longest = 0;
  for (int i = 0; i < 5'000; ++i) longest = std::max(longest, noisy(qwerty(10, 61), line, key_of(i)).size());
  BOOST_TEST(longest == 61u);
}
