// What validation lines have in common with training lines, against sets of strings.
#include "apps/seq2seq/data/leaks.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <sstream>

#include <boost/test/unit_test.hpp>
#include <rapidcheck/boost_test.h>

#include "tests/apps/seq2seq/data/data_test_support.h"

using namespace favras::seq2seq;
using namespace favras::seq2seq::testing;

namespace {

using Lines = std::vector<std::string>;

std::string text_of(const Lines& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + '\n';
  return text;
}

Lines words_of(const std::string& line) {
  std::istringstream stream(line.substr(line.find('\t') + 1));
  Lines words;
  for (std::string word; stream >> word;) {
    std::erase_if(word, [](unsigned char c) { return c < 0x80 && !std::isalnum(c); });
    for (char& c : word) c = static_cast<char>(std::tolower(c));
    if (!word.empty()) words.push_back(word);
  }
  return words;
}

std::set<Lines> runs_of(const Lines& words, std::ptrdiff_t length) {
  std::set<Lines> runs;
  for (auto begin = words.begin(); words.end() - begin >= length; ++begin)
    runs.insert({begin, begin + length});
  return runs;
}

LeakReport reference(const Lines& train, const Lines& validation) {
  std::set<Lines> short_runs, long_runs, whole;
  for (const std::string& line : train) {
    const Lines words = words_of(line);
    short_runs.merge(runs_of(words, 5));
    long_runs.merge(runs_of(words, 8));
    whole.insert(words);
  }
  LeakReport report;
  for (const std::string& line : validation) {
    const Lines words = words_of(line);
    const auto shared = [&](std::ptrdiff_t length, const std::set<Lines>& runs) {
      std::size_t count = 0;
      for (auto begin = words.begin(); words.end() - begin >= length; ++begin)
        count += runs.count({begin, begin + length});
      return count;
    };
    const std::size_t long_shared = shared(8, long_runs);
    ++report.lines;
    report.with_5 += words.size() >= 5;
    report.shared_5 += shared(5, short_runs) > 0;
    report.with_8 += words.size() >= 8;
    report.shared_8 += long_shared > 0;
    report.mostly_8 += words.size() >= 8 && 2 * long_shared > words.size() - 7;
    report.same_words += !words.empty() && words.size() < 8 && whole.count(words) > 0;
  }
  return report;
}

// Of few words, so that there are common runs, some of them differing in case and punctuation alone.
rc::Gen<Lines> some_lines() {
  const auto word = rc::gen::elementOf(Lines{"a", "A", "a,", "b", "B.", "\"b\"", "internationally",
                                             "internationalLy", "unternationally", "--", "\u00E9", "7"});
  const auto line =
      rc::gen::map(rc::gen::resize(12, rc::gen::container<Lines>(word)), [](const Lines& words) {
        std::string text;
        for (const std::string& part : words) text += (text.empty() ? "" : " ") + part;
        return text;
      });
  return rc::gen::container<Lines>(line);
}

LeakReport find(const Lines& train, const Lines& validation, int threads, std::size_t memory = 1 << 20) {
  const TemporaryDirectory directory;
  return find_leaks(directory.write("train", text_of(train)),
                    directory.write("validation", text_of(validation)), threads, memory);
}

}  // namespace

RC_BOOST_PROP(the_report_is_that_of_sets_of_strings, ()) {
  const Lines train = *some_lines(), validation = *some_lines();
  RC_ASSERT(find(train, validation, *rc::gen::inRange(1, 4)) == reference(train, validation));
}

BOOST_AUTO_TEST_CASE(runs_are_counted) {
  const Lines train = {"One two three four five six seven eight nine ten.", "A short line",
                       "five words are in here"};
  const auto check = [&](const std::string& line, const LeakReport& expected) {
    BOOST_CHECK_MESSAGE(find(train, {line}, 1) == expected, line);
    BOOST_CHECK_MESSAGE(reference(train, {line}) == expected, line);
  };
  check("one two three four five six seven eight nine ten",
        {.lines = 1, .with_5 = 1, .shared_5 = 1, .with_8 = 1, .shared_8 = 1, .mostly_8 = 1});
  // One of two runs of 8 is half of them, not more.
  check("zero one two three four five six seven eight",
        {.lines = 1, .with_5 = 1, .shared_5 = 1, .with_8 = 1, .shared_8 = 1});
  check("zero one two three four five zero one two", {.lines = 1, .with_5 = 1, .shared_5 = 1, .with_8 = 1});
  check("one two three four zero one two three four", {.lines = 1, .with_5 = 1, .with_8 = 1});
  check("a \"short\" line!", {.lines = 1, .same_words = 1});
  check("short line", {.lines = 1});
  // All of a line of 5 words, and 5 words of a longer one.
  check("Five words are in here?", {.lines = 1, .with_5 = 1, .shared_5 = 1, .same_words = 1});
  check("two three four five six", {.lines = 1, .with_5 = 1, .shared_5 = 1});
}

BOOST_AUTO_TEST_CASE(of_pairs_the_targets_are_compared) {
  const Lines train = {"x\tthe same words here", "the source\ty"};
  BOOST_CHECK_EQUAL(find(train, {"z\tthe same words here", "the source\tw"}, 1).same_words, 1u);
}

// Short of memory, it is the first lines that are looked at, and no others.
BOOST_AUTO_TEST_CASE(too_many_lines_are_represented_by_the_first) {
  Lines lines;
  for (int i = 0; i < 3000; ++i) lines.push_back((i % 2 == 0 ? "line number " : "") + std::to_string(i));
  const LeakReport one = find(lines, lines, 1, 1 << 14), three = find(lines, lines, 3, 1 << 14);
  BOOST_CHECK(one == three);
  BOOST_CHECK(one.lines > 1000 && one.lines < 2000);
  BOOST_CHECK_EQUAL(one.same_words, one.lines);
  BOOST_CHECK_EQUAL(find(lines, lines, 2).same_words, 3000u);
  const Lines first(lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(one.lines));
  BOOST_CHECK_EQUAL(find(first, lines, 1, 1 << 14).same_words, one.lines);
}
