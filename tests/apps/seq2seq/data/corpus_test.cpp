// From files to lines: the result depends on the lines and their groups alone.
#include "apps/seq2seq/data/corpus.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <set>

#include <boost/test/unit_test.hpp>
#include <rapidcheck/boost_test.h>

#include "apps/seq2seq/data/block_reader.h"
#include "apps/seq2seq/data/cleaning.h"
#include "apps/seq2seq/data/hashing.h"
#include "tests/apps/seq2seq/data/data_test_support.h"

using namespace favras::seq2seq;
using namespace favras::seq2seq::testing;
using namespace std::string_view_literals;

namespace {

using Lines = std::vector<std::string>;
using Paths = std::vector<std::filesystem::path>;

// Everything stays but duplicates, unless a test says otherwise.
DataSettings lenient(const std::string& task = "text") {
  return {
      .task = task, .characters = 0, .minimum_length = 1, .maximum_length = 1000, .validation_share = 0.4};
}

// What prepare_corpus() makes, read back from the files.
struct PreparedData {
  Lines train, validation;
  Vocabulary vocabulary;
  LineCounts counts;
  std::string overlong;
};

Lines lines_of(const std::string& text) {
  Lines lines;
  for (std::size_t begin = 0, end; begin < text.size(); begin = end + 1) {
    end = text.find('\n', begin);
    lines.push_back(text.substr(begin, end - begin));
  }
  return lines;
}

PreparedData prepare(const std::vector<InputFile>& files, const DataSettings& settings,
                     const Resources& resources) {
  const TemporaryDirectory directory;
  DataDescription description{.settings = settings};
  DataDirectoryWriter writer(directory / "data", settings.has_pairs());
  const Preparation result = prepare_corpus(files, resources, description, writer);
  return {lines_of(read(training_file(writer.staging(), settings.has_pairs()))),
          lines_of(read(validation_file(writer.staging(), settings.has_pairs()))), result.vocabulary,
          description.counts, result.overlong};
}

PreparedData prepare(const Paths& files, const DataSettings& settings, int threads) {
  return prepare(list_inputs(files, settings.group_by), settings, {.threads = threads, .memory = 1 << 20});
}

// Short lines of few characters, so that there are duplicates, among lines of any text.
rc::Gen<Lines> some_lines(bool pairs) {
  const auto column =
      rc::gen::oneOf(rc::gen::container<std::string>(rc::gen::elementOf(std::string("ab  "))), any_text());
  const auto pair = rc::gen::map(rc::gen::pair(column, column), [](const auto& columns) {
    return "x" + columns.first + "\ty" + columns.second;
  });
  const auto no_tabs = [](std::string text) {
    std::replace(text.begin(), text.end(), '\t', ' ');
    return text;
  };
  const auto line =
      pairs
          ? rc::gen::suchThat(
                pair, [](const std::string& text) { return std::count(text.begin(), text.end(), '\t') == 1; })
          : rc::gen::map(column, no_tabs);
  return rc::gen::container<Lines>(line);
}

// Writes the lines into `files` files, line i into the file assignment[i].
Paths write_files(const TemporaryDirectory& directory, const Lines& lines, const std::vector<int>& assignment,
                  int files) {
  std::vector<std::string> texts(static_cast<std::size_t>(files));
  for (std::size_t i = 0; i < lines.size(); ++i)
    texts[static_cast<std::size_t>(assignment[i])] += lines[i] + '\n';
  Paths paths;
  for (std::size_t i = 0; i < texts.size(); ++i)
    paths.push_back(directory.write(std::to_string(i), texts[i]));
  return paths;
}

void assert_independent_of_files(bool pairs) {
  const TemporaryDirectory directory;
  const Lines lines = *some_lines(pairs);
  Lines all = lines;
  for (const char* fixed : {"some line", "another line", "a third", "xyz", "zyx"}) {
    all.push_back(pairs ? std::string(fixed) + "\t" + fixed : fixed);
  }
  DataSettings settings = lenient(pairs ? "pairs" : "text");
  settings.characters = *rc::gen::elementOf(std::vector<std::uint64_t>{0, 20});
  if (!pairs) settings.split = *rc::gen::elementOf(Lines{"whole", "sentences", "cut"});
  const Paths one = write_files(directory, all, std::vector<int>(all.size(), 0), 1);
  PreparedData expected, data;
  const std::string failure = message_of([&] { expected = prepare(one, settings, 1); });

  const int files = *rc::gen::inRange(1, 5);
  std::vector<int> assignment;
  for (std::size_t i = 0; i < all.size(); ++i) assignment.push_back(*rc::gen::inRange(0, files));
  std::shuffle(all.begin(), all.end(), std::mt19937(static_cast<unsigned>(*rc::gen::inRange(0, 1000))));
  Paths many = write_files(directory, all, assignment, files);
  std::reverse(many.begin(), many.end());
  const auto memory = *rc::gen::inRange<std::size_t>(0, 4000);
  const Resources resources{.threads = *rc::gen::inRange(1, 5), .memory = memory};
  RC_ASSERT(message_of([&] { data = prepare(list_inputs(many, "content"), settings, resources); }) ==
            failure);

  RC_ASSERT(data.train == expected.train);
  RC_ASSERT(data.validation == expected.validation);
  RC_ASSERT(data.vocabulary.characters() == expected.vocabulary.characters());
  RC_ASSERT(data.counts == expected.counts);
}

Lines both_sides(const PreparedData& data) {
  Lines lines = data.train;
  lines.insert(lines.end(), data.validation.begin(), data.validation.end());
  return lines;
}

std::string target_of(const std::string& line) { return line.substr(line.find('\t') + 1); }

}  // namespace

RC_BOOST_PROP(text_is_independent_of_files_order_threads_and_memory, ()) {
  assert_independent_of_files(false);
}

RC_BOOST_PROP(pairs_are_independent_of_files_order_threads_and_memory, ()) {
  assert_independent_of_files(true);
}

RC_BOOST_PROP(nothing_is_lost_and_no_validation_line_is_in_training, ()) {
  const TemporaryDirectory directory;
  Lines lines = *some_lines(false);
  for (const char* fixed : {"some line", "another line", "a third", "xyz", "zyx"}) lines.push_back(fixed);
  const Paths files = write_files(directory, lines, std::vector<int>(lines.size(), 0), 1);
  const PreparedData data = prepare(files, lenient(), 1);

  std::set<std::string> expected;
  for (const std::string& line : lines) expected.insert(clean_text(line));
  expected.erase("");
  const Lines kept = both_sides(data);
  RC_ASSERT(std::set<std::string>(kept.begin(), kept.end()) == expected);
  RC_ASSERT(kept.size() == expected.size());  // a line on both sides, or twice on one, would count twice
  for (const Lines* side : {&data.train, &data.validation}) {
    RC_ASSERT(
        std::is_sorted(side->begin(), side->end(), [](const std::string& left, const std::string& right) {
          return content_hash(left) < content_hash(right);
        }));
  }
}

RC_BOOST_PROP(a_target_never_straddles, ()) {
  const TemporaryDirectory directory;
  std::string text;
  for (int i = 0; i < 60; ++i) {
    text += std::to_string(i) + "\ttarget " + std::to_string(*rc::gen::inRange(0, 12)) + "\n";
    text += "another\tof its own " + std::to_string(i) + "\n";
  }
  DataSettings settings = lenient("pairs");
  settings.seed = *rc::gen::inRange<std::uint64_t>(0, 1000);
  const PreparedData data = prepare({directory.write("pairs.tsv", text)}, settings, 1);
  std::set<std::string> train_targets;
  for (const std::string& line : data.train) train_targets.insert(target_of(line));
  for (const std::string& line : data.validation) RC_ASSERT(train_targets.count(target_of(line)) == 0u);
}

// A line falls where its groups do, and on the validation side if they are on both.
RC_BOOST_PROP(groups_decide_the_side_of_their_lines, ()) {
  const TemporaryDirectory directory;
  DataSettings settings = lenient();
  settings.seed = *rc::gen::inRange<std::uint64_t>(0, 1000);
  settings.group_by = "file";
  std::map<std::string, Sides> expected;
  std::vector<InputFile> files;
  for (int file = 0; file < 12; ++file) {
    const std::string group = "group " + std::to_string(*rc::gen::inRange(0, 6));
    const bool held_out = is_validation(content_hash(group), settings.seed, settings.validation_share);
    std::string text;
    for (const int number : *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 50))) {
      const std::string line = "line " + std::to_string(number);
      text += line + '\n';
      expected[line] |= held_out ? kValidationSide : kTrainingSide;
    }
    files.push_back({.path = directory.write(std::to_string(file), text), .name = "", .group = group});
  }
  const auto on_training_side = [&](Sides sides) {
    return std::count_if(expected.begin(), expected.end(),
                         [&](const auto& line) { return line.second == sides; });
  };
  RC_PRE(on_training_side(kTrainingSide) > 0);
  const PreparedData data = prepare(files, settings, {.threads = *rc::gen::inRange(1, 4), .memory = 500});
  for (const std::string& line : data.train) RC_ASSERT(expected.at(line) == kTrainingSide);
  for (const std::string& line : data.validation) RC_ASSERT((expected.at(line) & kValidationSide) != 0);
  RC_ASSERT(data.train.size() + data.validation.size() == expected.size());
  RC_ASSERT(data.counts.both ==
            static_cast<std::uint64_t>(on_training_side(kTrainingSide | kValidationSide)));
}

// By hand: of the side of a file without a group, and next to it one that has one.
BOOST_AUTO_TEST_CASE(a_group_outweighs_the_content) {
  const TemporaryDirectory directory;
  std::string text;
  for (int i = 0; i < 100; ++i) text += "line " + std::to_string(i) + '\n';
  const auto file = directory.write("text", text);
  const DataSettings settings = lenient();
  const PreparedData by_content = prepare({{.path = file}}, settings, {});
  BOOST_CHECK(by_content.validation.size() > 20 && by_content.train.size() > 20);
  std::set<std::string> sides;
  for (const char* group : {"a", "b", "c", "d", "e", "f"}) {
    const std::string failure = message_of([&] {
      const PreparedData data = prepare({{.path = file, .group = group}}, settings, {});
      BOOST_CHECK(data.train.size() == 100 && data.validation.empty() && data.counts.both == 0);
    });
    sides.insert(failure);
  }
  BOOST_CHECK(
      (sides == std::set<std::string>{"",
                                      "every line kept (100) fell on the validation side: give more text or "
                                      "a smaller --validation-share"}));
}

BOOST_AUTO_TEST_CASE(the_split_has_the_share_and_depends_on_the_seed) {
  constexpr int kCount = 100'000;
  int validation = 0, moved = 0;
  for (int i = 0; i < kCount; ++i) {
    const std::uint64_t hash = content_hash(std::to_string(i));
    validation += is_validation(hash, 1, 0.1);
    moved += is_validation(hash, 1, 0.1) != is_validation(hash, 2, 0.1);
    BOOST_REQUIRE(!is_validation(hash, 1, 0.0));
  }
  BOOST_CHECK_SMALL(validation - 10'000.0, 5 * std::sqrt(kCount * 0.1 * 0.9));
  BOOST_CHECK_SMALL(moved - 18'000.0, 5 * std::sqrt(kCount * 0.18 * 0.82));
}

// Against `printf hello | sha256sum` and a Philox in Python: the split must never change.
BOOST_AUTO_TEST_CASE(hashes_are_what_other_machines_have) {
  BOOST_CHECK_EQUAL(sha256_hex("hello"), "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
  BOOST_CHECK_EQUAL(content_hash("hello"), 0x2cf24dba5fb0a30eu);
  BOOST_CHECK_EQUAL(split_value(content_hash("hello"), 1), 0xa5db48c6cb86507fu);
}

BOOST_AUTO_TEST_CASE(each_rule_drops_and_counts) {
  const TemporaryDirectory directory;
  const auto file = directory.write("text",
                                    "good line\n"
                                    "good  line \n"  // a duplicate once cleaned
                                    "line good\n"
                                    "\n   \n\u2605\n"        // three empty ones
                                    "goo\n"                  // too short
                                    "qqqq qqqq qqqq qqqq\n"  // too long: its q counts for nothing
                                    "good linz\n"            // z is too rare
                                    "good linz\n"            // and a duplicate
                                    "bad \xFF line\n"
                                    "nul \0 line\n"
                                    "deed gone"sv);
  DataSettings settings{.characters = 8, .minimum_length = 5, .maximum_length = 12, .skip_invalid = true};
  const PreparedData data = prepare({file}, settings, 1);
  const LineCounts& counts = data.counts;
  BOOST_CHECK_EQUAL(counts.read, 13u);
  BOOST_CHECK_EQUAL(counts.made, 8u);
  BOOST_CHECK_EQUAL(counts.duplicates, 2u);
  BOOST_CHECK_EQUAL(counts.empty, 3u);
  BOOST_CHECK_EQUAL(counts.too_short, 1u);
  BOOST_CHECK_EQUAL(counts.too_long, 1u);
  BOOST_CHECK_EQUAL(counts.rare_characters, 1u);
  BOOST_CHECK_EQUAL(counts.invalid, 2u);
  BOOST_CHECK_EQUAL(counts.train + counts.validation, 3u);
  BOOST_CHECK_EQUAL(counts.train_characters + counts.validation_characters, 27u);
  BOOST_CHECK(!data.vocabulary.contains(U'z') && !data.vocabulary.contains(U'q') &&
              data.vocabulary.characters().size() == 8);
}

BOOST_AUTO_TEST_CASE(lengths_are_in_characters) {
  const TemporaryDirectory directory;
  const auto file = directory.write(
      "text", "\u00E9\u00E9\u00E9\u00E9e\n\u00E9e\u0301\u00E9e\u00E9e\n\u00E9\u00E9\u00E9\u00E9\n");
  DataSettings settings{.minimum_length = 5, .maximum_length = 5, .validation_share = 0};
  const PreparedData data = prepare({file}, settings, 1);
  BOOST_CHECK(data.train == Lines{"\u00E9\u00E9\u00E9\u00E9e"});
  BOOST_CHECK_EQUAL(data.counts.too_short, 1u);
  BOOST_CHECK_EQUAL(data.counts.too_long, 1u);
}

BOOST_AUTO_TEST_CASE(a_line_without_its_newline_counts_and_so_does_a_file_boundary) {
  const TemporaryDirectory directory;
  DataSettings settings = lenient();
  settings.validation_share = 0;
  const PreparedData data = prepare(
      {directory.write("a", "first"), directory.write("b", ""), directory.write("c", "second\r\nthird\r\n")},
      settings, 2);
  BOOST_CHECK((std::set<std::string>(data.train.begin(), data.train.end()) ==
               std::set<std::string>{"first", "second", "third"}));
  BOOST_CHECK_EQUAL(data.counts.read, 3u);
}

// Blocks of 1 MiB are cut in the middle of lines, and a line of many blocks is only counted.
BOOST_AUTO_TEST_CASE(large_files_and_endless_lines_are_read_in_blocks) {
  const TemporaryDirectory directory;
  std::string text;
  std::set<std::string> expected;
  const auto add_lines = [&](int from, int to) {
    for (int i = from; i < to; ++i) {
      const std::string line = "line number " + std::to_string(i);
      expected.insert(line);
      text += line + '\n';
    }
  };
  add_lines(0, 30'000);
  text += std::string(5 * kBlockBytes + 17, ' ') + "x\n";
  add_lines(30'000, 60'000);
  text += std::string(kLongestLineBytes, ' ') + "x\n";
  add_lines(60'000, 90'000);
  text += std::string(3 * kBlockBytes, ' ');
  const auto file = directory.write("large", text);
  const PreparedData data = prepare({file, file}, lenient(), 3);
  const Lines kept = both_sides(data);
  BOOST_CHECK_EQUAL(kept.size(), expected.size());
  BOOST_CHECK((std::set<std::string>(kept.begin(), kept.end()) == expected));
  BOOST_CHECK_EQUAL(data.counts.read, 2 * (expected.size() + 3));
  BOOST_CHECK_EQUAL(data.counts.overlong, 6u);
  BOOST_CHECK_EQUAL(data.counts.duplicates, expected.size());
  BOOST_CHECK_EQUAL(data.overlong, file.string() + ": line 30001");
}

// Line numbers must survive blocks and endless lines; of several faults the first is reported.
BOOST_AUTO_TEST_CASE(the_first_fault_is_reported_with_file_line_and_byte) {
  const TemporaryDirectory directory;
  std::string text(3 * kBlockBytes, 'x');
  text += '\n';
  for (int i = 0; i < 80'000; ++i) text += "line number " + std::to_string(i) + '\n';
  const auto good = directory.write("good", text);
  const auto bad = directory.write("bad", text + "ab\xFFz\n" + text + "\xFE\n");
  for (const int threads : {1, 4}) {
    const std::string message = message_of([&] { prepare({good, bad}, lenient(), threads); });
    BOOST_CHECK_MESSAGE(contains(message, bad.string() + ": line 80002: byte 3 of the line (0xff)"), message);
    BOOST_CHECK(contains(message, "--invalid-utf8 skip"));
  }
}

BOOST_AUTO_TEST_CASE(hopeless_input_is_explained) {
  const TemporaryDirectory directory;
  const auto message = [&](std::string_view text, const DataSettings& settings) {
    return message_of([&] { prepare({directory.write("text", text)}, settings, 1); });
  };
  const DataSettings text, pairs{.task = "pairs", .characters = 0, .minimum_length = 1};
  BOOST_CHECK(contains(message("", text), "no line is left of the 0 read"));
  BOOST_CHECK(contains(message("\n\n", text), "no line is left of the 2 read: 2 empty"));
  BOOST_CHECK(contains(message(std::string(61, 'x') + "y\n", text), "1 longer than 60"));
  BOOST_CHECK(contains(message(std::string(kLongestLineBytes + 1, 'x'), text),
                       "1 longer than 1048576 bytes; the first that is too long to be looked at is "));
  BOOST_CHECK(contains(message("aaaaa\naaaaaa\n", text), "no character but 'a'"));
  BOOST_CHECK(contains(message("nul\0byte\n"sv, text), "line 1: byte 4 of the line is NUL"));
  BOOST_CHECK(contains(message("a\tb\nc\td\te\n", pairs),
                       "text: line 2: needs two columns, source<TAB>target, but has 3"));
  BOOST_CHECK(
      contains(message("a\tb\nc\n", pairs), "text: line 2: needs two columns, source<TAB>target, but has 1"));
  DataSettings all_out = text;
  all_out.validation_share = 0.99;
  all_out.seed = 2;
  BOOST_CHECK(contains(message("hello world\n", all_out), "every line kept (1) fell on the validation side"));
}

BOOST_AUTO_TEST_CASE(pairs_keep_both_columns) {
  const TemporaryDirectory directory;
  DataSettings settings = lenient("pairs");
  settings.validation_share = 0;
  settings.maximum_length = 12;
  const auto file = directory.write(
      "pairs.tsv",
      "thirteen char\tx\ny\tthirteen char\n teh  cat_\tthe cat+\r\n\n   \nteh cat_\tthe cat+\nx\t\n");
  const PreparedData data = prepare({file}, settings, 1);
  BOOST_CHECK(data.train == Lines{"teh cat_\tthe cat+"});
  BOOST_CHECK_EQUAL(data.counts.empty, 2u);
  BOOST_CHECK_EQUAL(data.counts.too_short, 1u);
  BOOST_CHECK_EQUAL(data.counts.too_long, 2u);
  BOOST_CHECK_EQUAL(data.counts.duplicates, 1u);
  BOOST_CHECK(data.vocabulary.contains(U'_') && data.vocabulary.contains(U'+') &&
              !data.vocabulary.contains(U'\t'));
}
