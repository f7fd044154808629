// The rates of the uniform noise, its keys and its limits.
#include "apps/seq2seq/data/noise/uniform.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include <boost/test/unit_test.hpp>
#include <rapidcheck/boost_test.h>

#include "tests/apps/seq2seq/data/data_test_support.h"

using namespace favras::seq2seq;
using namespace favras::seq2seq::testing;

namespace {

constexpr int kLines = 200'000;

UniformNoise letters_and_space() {
  return make_uniform_noise(Vocabulary(U"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ .,"), 60);
}

enum class Kind { kNone, kReplaced, kDeleted, kInserted, kSwapped, kSeveral };

// The one edit that makes `noisy` of `line`, and its place. The line has distinct characters, none of
// them one that noise adds.
std::pair<Kind, std::size_t> classify(const std::u32string& line, const std::u32string& noisy) {
  if (noisy == line) return {Kind::kNone, 0};
  const auto same = std::mismatch(line.begin(), line.end(), noisy.begin(), noisy.end());
  const auto place = static_cast<std::size_t>(same.first - line.begin());
  std::u32string edited = line;
  if (noisy.size() < line.size())
    return {edited.erase(place, 1) == noisy ? Kind::kDeleted : Kind::kSeveral, place};
  if (noisy.size() > line.size()) {
    return {edited.insert(place, 1, noisy[place]) == noisy ? Kind::kInserted : Kind::kSeveral, place};
  }
  if (edited[place] = noisy[place]; edited == noisy) return {Kind::kReplaced, place};
  edited = line;
  if (place + 1 < line.size()) std::swap(edited[place], edited[place + 1]);
  return {edited == noisy ? Kind::kSwapped : Kind::kSeveral, place};
}

// Whether `count` of kLines is what probability p gives, within five standard deviations.
void check_rate(int count, double p) {
  const double sigma = std::sqrt(kLines * p * (1 - p));
  BOOST_CHECK_MESSAGE(std::abs(count - kLines * p) < 5 * sigma,
                      count << " of " << kLines << ", expected " << kLines * p << " +- " << sigma);
}

std::u32string add_noise(std::u32string_view line, const UniformNoise& noise, std::uint64_t seed,
                         std::uint64_t epoch, std::uint64_t hash) {
  std::u32string noisy(line);
  noise.add(noisy, {seed, epoch, hash});
  return noisy;
}

// Lines of this length that fall into each class of change, over many hashes.
struct Changes {
  int none = 0, shorter = 0, longer = 0;
};
Changes count_changes(std::u32string_view line, const UniformNoise& model) {
  Changes changes;
  for (std::uint64_t hash = 0; hash < kLines; ++hash) {
    const std::u32string noisy = add_noise(line, model, 7, 3, hash * 0x9E3779B97F4A7C15u);
    changes.none += noisy == line;
    changes.shorter += noisy.size() < line.size();
    changes.longer += noisy.size() > line.size();
  }
  return changes;
}

}  // namespace

// A line of distinct characters outside the alphabet, so that every edit shows.
BOOST_AUTO_TEST_CASE(edits_have_the_stated_rates) {
  std::u32string line;
  for (char32_t c = 0x4E00; line.size() < 40; ++c) line.push_back(c);
  const UniformNoise model = letters_and_space();
  const double p = model.rate * 40, p_shorter = model.rate * 39;
  const Changes changes = count_changes(line, model);
  check_rate(changes.none, (1 - p) * (1 - p) * (1 - p) * (1 - p));
  check_rate(changes.shorter, p * (1 - p_shorter));
  check_rate(changes.longer, (1 - p) * p);
}

BOOST_AUTO_TEST_CASE(each_edit_has_its_rate_and_reaches_every_place) {
  std::u32string line;
  for (char32_t c = 0x4E00; line.size() < 20; ++c) line.push_back(c);
  const UniformNoise model = letters_and_space();
  std::map<Kind, int> counts;
  std::map<Kind, std::set<std::size_t>> places;
  std::set<char32_t> new_characters;
  for (std::uint64_t hash = 0; hash < kLines; ++hash) {
    const std::u32string noisy = add_noise(line, model, 1, 0, hash << 20);
    const auto [kind, place] = classify(line, noisy);
    ++counts[kind];
    places[kind].insert(place);
    if (kind == Kind::kReplaced || kind == Kind::kInserted) new_characters.insert(noisy[place]);
  }
  // Lengths differ by one after a deletion or an insertion; then the later edits have slightly other rates,
  // but here only lines with one edit are counted.
  const double p = model.rate * 20, no_other = (1 - p) * (1 - p) * (1 - p);
  check_rate(counts[Kind::kSwapped], p * no_other);
  check_rate(counts[Kind::kInserted], p * (1 - p) * (1 - p) * (1 - model.rate * 21));
  check_rate(counts[Kind::kDeleted], p * (1 - p) * (1 - model.rate * 19) * (1 - model.rate * 19));
  // One deletion and one insertion at the same place look like a replacement.
  check_rate(counts[Kind::kReplaced], p * no_other + (1 - p) * p * model.rate * 19 * (1 - p) / 20);
  BOOST_CHECK_EQUAL(places[Kind::kReplaced].size(), 20u);
  BOOST_CHECK_EQUAL(places[Kind::kSwapped].size(), 19u);
  BOOST_CHECK_EQUAL(places[Kind::kDeleted].size(), 20u);
  BOOST_CHECK_EQUAL(places[Kind::kInserted].size(), 21u);
  BOOST_CHECK_EQUAL(new_characters.size(), 53u);
}

// At this rate a deletion halves the chance of the insertion that follows.
BOOST_AUTO_TEST_CASE(rates_follow_the_length_at_each_edit) {
  UniformNoise model = letters_and_space();
  model.rate = 0.2;
  check_rate(count_changes(U"\u4E00\u4E01", model).shorter, 0.4 * (1 - 0.2));
}

BOOST_AUTO_TEST_CASE(a_full_line_gets_no_insertion) {
  const std::u32string line(60, U'\u4E00');
  UniformNoise model = letters_and_space();
  BOOST_CHECK_EQUAL(count_changes(line, model).longer, 0);
  model.maximum_length = 61;
  BOOST_CHECK_GT(count_changes(line, model).longer, 0);
}

BOOST_AUTO_TEST_CASE(the_alphabet_is_what_the_vocabulary_has) {
  BOOST_CHECK(make_uniform_noise(Vocabulary(U"zaQ 1\u00E9"), 60).alphabet == U"azQ ");
  const UniformNoise none = make_uniform_noise(Vocabulary(U"\u4E00\u4E01"), 60);
  BOOST_CHECK(none.alphabet.empty());
  const Changes changes = count_changes(std::u32string(30, U'\u4E00'), none);
  check_rate(changes.shorter, none.rate * 30);
  BOOST_CHECK_EQUAL(changes.longer, 0);
}

RC_BOOST_PROP(noise_is_a_pure_function_of_its_key, (std::uint64_t seed, std::uint64_t hash)) {
  const std::u32string line = *rc::gen::container<std::u32string>(any_character());
  const std::uint64_t epoch = *rc::gen::inRange<std::uint64_t>(0, 1000);
  UniformNoise model = letters_and_space();
  model.rate *= 10;
  const std::u32string noisy = add_noise(line, model, seed, epoch, hash);
  add_noise(U"another line in between", model, seed, epoch, hash);
  RC_ASSERT(add_noise(line, model, seed, epoch, hash) == noisy);
  RC_ASSERT(noisy.size() <= line.size() + 1 && noisy.size() + 1 >= line.size());
}

// Frozen noise repeats one epoch's; fresh noise must differ between epochs, seeds and lines.
BOOST_AUTO_TEST_CASE(every_part_of_the_key_counts) {
  const std::u32string line(30, U'\u4E00');
  UniformNoise model = letters_and_space();
  model.rate = 0.02;
  const auto differing = [&](auto variant) {
    int count = 0;
    for (std::uint64_t hash = 0; hash < 1000; ++hash)
      count += variant(hash) != add_noise(line, model, 1, 0, hash);
    return count;
  };
  BOOST_CHECK_EQUAL(differing([&](std::uint64_t hash) { return add_noise(line, model, 1, 0, hash); }), 0);
  BOOST_CHECK_GT(differing([&](std::uint64_t hash) { return add_noise(line, model, 1, 1, hash); }), 500);
  BOOST_CHECK_GT(
      differing([&](std::uint64_t hash) { return add_noise(line, model, 1, std::uint64_t{1} << 32, hash); }),
      500);
  BOOST_CHECK_GT(differing([&](std::uint64_t hash) { return add_noise(line, model, 2, 0, hash); }), 500);
  BOOST_CHECK_GT(differing([&](std::uint64_t hash) {
                   return add_noise(line, model, 1 + (std::uint64_t{1} << 32), 0, hash);
                 }),
                 500);
  BOOST_CHECK_GT(differing([&](std::uint64_t hash) { return add_noise(line, model, 1, 0, hash + 1000); }),
                 500);
  BOOST_CHECK_GT(
      differing([&](std::uint64_t hash) { return add_noise(line, model, 1, 0, hash << 32 | hash); }), 500);
}

// Made once with this code: a change of these lines would change the frozen noise of every old run.
BOOST_AUTO_TEST_CASE(the_noise_never_changes) {
  UniformNoise model = letters_and_space();
  model.rate = 0.02;
  const std::u32string line = U"the quick brown fox jumps over the dog";
  std::string all;
  for (std::uint64_t hash = 1; hash <= 4; ++hash)
    all += encode_utf8(add_noise(line, model, 1, 0, hash)) + '\n';
  BOOST_CHECK_EQUAL(all,
                    "the quick brown fovx jumps ovCr the dog\nthe quick brXwn foxD jumps over te dgo\n"
                    "the quick brown foR  jumps over th dog\nthe quick brown fox jupms oDvr the dog\n");
}
