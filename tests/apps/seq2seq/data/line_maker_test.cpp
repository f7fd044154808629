// From one line of input to lines of data, and what is counted on the way.
#include "apps/seq2seq/data/line_maker.h"

#include <map>

#include <boost/test/unit_test.hpp>

#include "apps/seq2seq/data/block_reader.h"
#include "tests/apps/seq2seq/data/data_test_support.h"

using namespace favras::seq2seq;
using namespace favras::seq2seq::testing;
using namespace std::string_view_literals;

namespace {

using Lines = std::vector<std::string>;

// The lines made, and all counts that are not 0.
struct Made {
  Lines lines;
  std::map<std::string, std::uint64_t> counts;
};

Made make(const DataSettings& settings, std::string_view line) {
  Made made;
  LineCounts counts;
  const LineMaker make_lines(settings);
  make_lines(line, counts, [&](std::string_view content) { made.lines.emplace_back(content); });
  const auto note = [&](const char* name, std::uint64_t count) {
    if (count != 0) made.counts[name] = count;
  };
  for_each_total(counts, note);
  for_each_rule(counts, note);
  return made;
}

void check(const DataSettings& settings, std::string_view line, const Lines& lines,
           const std::map<std::string, std::uint64_t>& counts) {
  const Made made = make(settings, line);
  BOOST_TEST_CONTEXT(line.substr(0, 80)) {
    BOOST_CHECK(made.lines == lines);
    BOOST_CHECK_MESSAGE(made.counts == counts, [&] {
      std::string text;
      for (const auto& [name, count] : made.counts) text += name + " " + std::to_string(count) + ", ";
      return text;
    }());
  }
}

const DataSettings kWhole{.maximum_length = 30}, kSentences{.maximum_length = 30, .split = "sentences"},
    kCut{.maximum_length = 30, .split = "cut"},
    kPairs{.task = "pairs", .minimum_length = 1, .maximum_length = 13};

constexpr std::string_view kParagraph =
    "A first sentence.  No. The second one is so long, as you see, that it is cut in pieces.";

}  // namespace

BOOST_AUTO_TEST_CASE(a_line_is_kept_whole_or_not_at_all) {
  check(kWhole, " A first  sentence. And more. ", {"A first sentence. And more."},
        {{"read", 1}, {"made", 1}});
  check(kWhole, kParagraph, {}, {{"read", 1}, {"made", 1}, {"too_long", 1}});
  check(kWhole, "Four", {}, {{"read", 1}, {"made", 1}, {"too_short", 1}});
  check(kWhole, " \t\u2605 ", {}, {{"read", 1}, {"empty", 1}});
}

BOOST_AUTO_TEST_CASE(sentences_are_lines_of_their_own) {
  check(kSentences, kParagraph, {"A first sentence."},
        {{"read", 1}, {"sentences", 3}, {"made", 3}, {"too_short", 1}, {"too_long", 1}});
}

BOOST_AUTO_TEST_CASE(long_sentences_are_cut) {
  check(kCut, kParagraph,
        {"A first sentence.", "The second one is so long,", "as you see, that it is cut in", "pieces."},
        {{"read", 1}, {"sentences", 3}, {"cut", 1}, {"made", 5}, {"too_short", 1}});
  const std::string word(31, 'x');
  check(kCut, "Before it " + word + " after it", {"Before it", "after it"},
        {{"read", 1}, {"sentences", 1}, {"cut", 1}, {"made", 3}, {"too_long", 1}});
}

BOOST_AUTO_TEST_CASE(lengths_are_in_characters) {
  std::string accents;
  for (int i = 0; i < 30; ++i) accents += "\u00E9";
  check(kWhole, accents, {accents}, {{"read", 1}, {"made", 1}});
  check(kSentences, accents + "e", {}, {{"read", 1}, {"sentences", 1}, {"made", 1}, {"too_long", 1}});
  check(kCut, accents, {accents}, {{"read", 1}, {"sentences", 1}, {"made", 1}});
}

BOOST_AUTO_TEST_CASE(what_is_not_english_counts_by_rule) {
  const DataSettings english{.maximum_length = 30, .split = "cut", .filter = "english"};
  check(english, kParagraph,
        {"A first sentence.", "The second one is so long,", "as you see, that it is cut in"},
        {{"read", 1},
         {"sentences", 3},
         {"cut", 1},
         {"made", 5},
         {"too_short", 1},
         {"fewer_than_two_words", 1}});
  check(english, "caf\u00E9 au lait", {}, {{"read", 1}, {"sentences", 1}, {"made", 1}, {"not_ASCII", 1}});
  check(english, "1234 5678", {}, {{"read", 1}, {"sentences", 1}, {"made", 1}, {"few_letters", 1}});
  check(kCut, "1234 5678", {"1234 5678"}, {{"read", 1}, {"sentences", 1}, {"made", 1}});
}

// Text of long paragraphs is not lost.
BOOST_AUTO_TEST_CASE(only_a_line_of_more_than_a_megabyte_is_left_out) {
  std::string paragraph;
  std::uint64_t sentences = 0;
  for (; paragraph.size() + 20 <= kLongestLineBytes; ++sentences) paragraph += "It is a sentence. ";
  paragraph.append(kLongestLineBytes - paragraph.size(), ' ');
  check(kCut, paragraph, Lines(sentences, "It is a sentence."),
        {{"read", 1}, {"sentences", sentences}, {"made", sentences}});
  check(kCut, paragraph + " ", {}, {{"read", 1}, {"overlong", 1}});
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_text_fail_or_are_skipped) {
  DataSettings skipping = kCut;
  skipping.skip_invalid = true;
  for (const auto& [line, message] : std::map<std::string_view, std::string>{
           {"caf\xE9",
            "byte 4 of the line (0xe9) is not valid UTF-8 (--invalid-utf8 skip leaves out such lines)"},
           {"a\0b"sv,
            "byte 2 of the line is NUL: not a text file in UTF-8 (--invalid-utf8 skip leaves out such "
            "lines)"}}) {
    BOOST_CHECK_EQUAL(message_of([&] { make(kCut, line); }), message);
    check(skipping, line, {}, {{"read", 1}, {"invalid_utf8", 1}});
  }
}

BOOST_AUTO_TEST_CASE(pairs_have_two_columns) {
  check(kPairs, " teh  cat_\tthe cat. And+ \r", {"teh cat_\tthe cat. And+"}, {{"read", 1}, {"made", 1}});
  check(kPairs, "fourteen chars\tx", {}, {{"read", 1}, {"made", 1}, {"too_long", 1}});
  check(kPairs, "x\tfourteen chars", {}, {{"read", 1}, {"made", 1}, {"too_long", 1}});
  check(kPairs, "x\t ", {}, {{"read", 1}, {"made", 1}, {"too_short", 1}});
  check(kPairs, " \r", {}, {{"read", 1}, {"empty", 1}});
  BOOST_CHECK(
      contains(message_of([] { make(kPairs, "x"); }), "needs two columns, source<TAB>target, but has 1"));
  BOOST_CHECK(contains(message_of([] { make(kPairs, "x\ty\tz"); }), "but has 3"));
}
