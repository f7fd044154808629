// The prepare command as a user runs it.
#include <cstdio>
#include <set>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "apps/seq2seq/command_line/usage_error.h"
#include "apps/seq2seq/commands/commands.h"
#include "apps/seq2seq/data/data_directory.h"
#include "apps/seq2seq/data/dataset.h"
#include "apps/seq2seq/data/prepare_report.h"
#include "tests/apps/seq2seq/data/data_test_support.h"
#include "tests/engine/storage/scratch.h"

using namespace favras::seq2seq;
using namespace favras::seq2seq::testing;

namespace fs = std::filesystem;

namespace {

int prepare(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "prepare");
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  return run_prepare(static_cast<int>(arguments.size()), argv.data());
}

// What it prints on a stream.
std::string output_of(const TemporaryDirectory& directory, const std::vector<std::string>& arguments,
                      std::FILE* stream = stdout) {
  const std::string file = directory / "output";
  std::fflush(stream);
  const int before = ::dup(::fileno(stream));
  BOOST_REQUIRE(std::freopen(file.c_str(), "w", stream) != nullptr);
  prepare(arguments);
  std::fflush(stream);
  ::dup2(before, ::fileno(stream));
  ::close(before);
  return read(file);
}

// "usage: ..." for a UsageError, the plain message for any other exception.
std::string failure_of(const std::vector<std::string>& arguments) {
  try {
    prepare(arguments);
  } catch (const UsageError& error) {
    return std::string("usage: ") + error.what();
  } catch (const std::exception& error) {
    return error.what();
  }
  return {};
}

std::string english() {
  std::string text;
  for (int i = 0; i < 500; ++i) text += "This is sentence number " + std::to_string(i * 7919 % 1000) + ".\n";
  return text;
}

// All files of a data directory in one string.
std::string contents(const fs::path& directory) {
  std::string all;
  for (const char* file : {"train.txt", "validation.txt", "vocabulary.json", "data.json"}) {
    all += std::string(file) + ":\n" + read(directory / file);
  }
  return all;
}

// Another number once the directory has been replaced.
ino_t identity_of(const std::string& directory) {
  struct stat status {};
  BOOST_REQUIRE_EQUAL(stat(directory.c_str(), &status), 0);
  return status.st_ino;
}

}  // namespace

BOOST_AUTO_TEST_CASE(threads_and_file_order_do_not_show) {
  const TemporaryDirectory directory;
  const std::string a = directory.write("a.txt", english()),
                    b = directory.write("b.txt", "More text, here.\n");
  const std::string one = directory / "one", four = directory / "four";
  BOOST_CHECK_EQUAL(prepare({"--output", one, "--threads", "1", a, b}), 0);
  BOOST_CHECK_EQUAL(prepare({"--output", four, "--threads", "4", b, a}), 0);
  BOOST_CHECK_EQUAL(contents(one), contents(four));
  const std::string all = directory / "all";
  BOOST_CHECK_EQUAL(prepare({"--output", all, "--threads", "0", a, b}), 0);
  BOOST_CHECK_EQUAL(contents(one), contents(all));
  const Dataset dataset = load_dataset(one);
  BOOST_CHECK_EQUAL(dataset.train.size() + dataset.validation.size(), 501u);
  BOOST_CHECK_GT(dataset.validation.size(), 20u);
}

BOOST_AUTO_TEST_CASE(a_second_run_does_nothing_until_something_changes) {
  const TemporaryDirectory directory;
  const std::string file = directory.write("a.txt", english()), data = directory / "data";
  prepare({"--output", data, file});
  const auto first = identity_of(data);
  prepare({"--output", data, "--threads", "3", file});
  BOOST_CHECK_EQUAL(identity_of(data), first);
  prepare({"--output", data, "--seed", "2", file});
  const auto other_seed = identity_of(data);
  BOOST_CHECK_NE(other_seed, first);
  std::ofstream(data + "/train.txt", std::ios::app) << "damage\n";
  prepare({"--output", data, "--seed", "2", file});
  BOOST_CHECK_NO_THROW(load_dataset(data));
  std::string changed = english();
  changed[3] = 'n';  // of the same size
  directory.write("a.txt", changed);
  const auto before_change = identity_of(data);
  prepare({"--output", data, "--seed", "2", file});
  BOOST_CHECK_NE(identity_of(data), before_change);
  const std::string before = contents(data);
  directory.write("a.txt", english() + "One more line.\n");
  prepare({"--output", data, "--seed", "2", file});
  BOOST_CHECK_NE(contents(data), before);
}

BOOST_AUTO_TEST_CASE(other_data_is_not_replaced_without_a_word) {
  const TemporaryDirectory directory;
  const std::string file = directory.write("a.txt", english()), data = directory / "data";
  const auto notes = [&](const char* seed) {
    return output_of(directory, {"--output", data, "--seed", seed, file}, stderr);
  };
  BOOST_CHECK_EQUAL(notes("1"), "");
  const std::string first = read_description(data).fingerprint;
  BOOST_CHECK_EQUAL(notes("1"), "");
  const std::string note = notes("2");
  BOOST_CHECK_EQUAL(note, "note: other data was there (fingerprint " + first.substr(0, 12) + ", not " +
                              read_description(data).fingerprint.substr(0, 12) +
                              "), and runs that it trained go on with this only by --allow-change data\n");
  std::ofstream(data + "/train.txt", std::ios::app) << "damage\n";
  BOOST_CHECK_EQUAL(notes("2"), "");  // made again as it was
}

// What a killed run left goes even if there is nothing else to do.
BOOST_AUTO_TEST_CASE(up_to_date_data_lose_their_leftovers) {
  const TemporaryDirectory directory;
  const std::string file = directory.write("a.txt", english()), data = directory / "data";
  prepare({"--output", data, file});
  const auto first = identity_of(data);
  fs::create_directory(directory / ".data.tmp");
  std::ofstream(directory / ".data.tmp/train.txt") << "half a li";
  prepare({"--output", data, file});
  BOOST_CHECK(!fs::exists(directory / ".data.tmp"));
  BOOST_CHECK_EQUAL(identity_of(data), first);
}

BOOST_AUTO_TEST_CASE(a_second_run_makes_no_sorting_task_again) {
  const TemporaryDirectory directory;
  const std::string data = directory / "sort";
  prepare({"--task", "sort", "--output", data});
  const auto first = identity_of(data);
  prepare({"--task", "sort", "--output", data});
  BOOST_CHECK_EQUAL(identity_of(data), first);
}

BOOST_AUTO_TEST_CASE(invalid_utf8_fails_or_is_skipped) {
  const TemporaryDirectory directory;
  const std::string file = directory.write("a.txt", english() + "bad \xFF line\n"), data = directory / "data";
  BOOST_CHECK(contains(failure_of({"--output", data, file}), "a.txt: line 501: byte 5 of the line (0xff)"));
  BOOST_CHECK(!fs::exists(data) && !fs::exists(directory / ".data.tmp"));
  BOOST_CHECK_EQUAL(prepare({"--output", data, "--invalid-utf8", "skip", file}), 0);
  BOOST_CHECK_EQUAL(read_description(data).counts.invalid, 1u);
}

BOOST_AUTO_TEST_CASE(a_failure_keeps_the_older_data) {
  const TemporaryDirectory directory;
  const std::string file = directory.write("a.txt", english()), data = directory / "data";
  prepare({"--output", data, file});
  const std::string before = contents(data);
  BOOST_CHECK(contains(failure_of({"--output", data, directory.write("b.txt", "xy\n")}), "no line is left"));
  BOOST_CHECK_EQUAL(contents(data), before);
}

BOOST_AUTO_TEST_CASE(pairs_and_sorting_make_tsv) {
  const TemporaryDirectory directory;
  const std::string pairs = directory.write("pairs.tsv", "teh\tthe\nadn\tand\nhte\tthe\nn\tnow\nyuo\tyou\n");
  BOOST_CHECK_EQUAL(prepare({"--pairs", pairs, "--output", directory / "pairs"}), 0);
  const Dataset dataset = load_dataset(directory / "pairs");
  BOOST_CHECK_EQUAL(dataset.task, "pairs");
  BOOST_CHECK_EQUAL(dataset.train.size() + dataset.validation.size(), 5u);
  BOOST_CHECK_EQUAL(prepare({"--task", "sort", "--output", directory / "sort"}), 0);
  const Dataset sorting = load_dataset(directory / "sort");
  BOOST_CHECK_EQUAL(sorting.task, "sort");
  BOOST_CHECK_EQUAL(sorting.maximum_length, 8);
  BOOST_CHECK_EQUAL(sorting.validation.size(), 1000u);
}

// Two folders of documents that have a sentence in common.
struct Folders : TemporaryDirectory {
  Folders() {
    for (int folder = 0; folder < 20; ++folder) {
      const std::string name = "corpus/" + std::to_string(folder);
      fs::create_directories(*this / name);
      std::string text =
          "A sentence that is in all of the folders is too long for a line and cut. Zounds galore bonanza "
          "ahoy. ";
      for (int i = 0; i < 20; ++i)
        text += "A sentence of folder " + std::to_string(folder) + " is this one, number " +
                std::to_string(i) + ". ";
      write(name + "/a.txt", text + "\n");
    }
  }
  std::string corpus() const { return *this / "corpus"; }
  std::string data() const { return *this / "data"; }
};

BOOST_FIXTURE_TEST_CASE(a_directory_is_split_by_folders, Folders) {
  BOOST_CHECK_EQUAL(
      prepare({"--output", data(), "--group-by", "folder", "--validation-share", "0.3", corpus()}), 0);
  const DataDescription description = read_description(data());
  BOOST_REQUIRE_EQUAL(description.sources.size(), 20u);
  BOOST_CHECK_EQUAL(description.sources[1].name, "1/a.txt");
  BOOST_CHECK_EQUAL(description.sources[1].group, "1");
  BOOST_CHECK_EQUAL(description.counts.read, 20u);
  BOOST_CHECK_EQUAL(description.counts.sentences, 20u * 22u);
  std::set<std::string> training_folders, validation_folders, common;
  const Dataset dataset = load_dataset(data());
  const std::string beginning = "A sentence of folder ";
  const auto add = [&](const Line& line, std::set<std::string>& folders) {
    if (line.target.starts_with(beginning)) {
      folders.insert(line.target.substr(beginning.size(), line.target.find(" is") - beginning.size()));
    } else {
      common.insert(line.target);
      BOOST_CHECK(&folders == &validation_folders);
    }
  };
  for (const Line& line : dataset.train) add(line, training_folders);
  for (const Line& line : dataset.validation) add(line, validation_folders);
  BOOST_CHECK_EQUAL(common.size(), 3u);
  BOOST_CHECK_EQUAL(description.counts.both, 3u);
  BOOST_CHECK_EQUAL(training_folders.size() + validation_folders.size(), 20u);
  BOOST_CHECK_GT(validation_folders.size(), 1u);
}

BOOST_FIXTURE_TEST_CASE(each_choice_makes_other_data, Folders) {
  std::set<std::string> fingerprints;
  for (const std::vector<std::string>& options :
       std::vector<std::vector<std::string>>{{},
                                             {"--split", "whole", "--maximum-length", "2000"},
                                             {"--split", "sentences"},
                                             {"--filter", "english"},
                                             {"--group-by", "folder"},
                                             {"--misspellings", write("words.tsv", "teh\tthe\n")}}) {
    std::vector<std::string> arguments{"--output", data(), corpus()};
    arguments.insert(arguments.end(), options.begin(), options.end());
    prepare(arguments);
    fingerprints.insert(read_description(data()).fingerprint);
    const ino_t first = identity_of(data());
    prepare(arguments);
    BOOST_CHECK_EQUAL(identity_of(data()), first);  // up to date
  }
  BOOST_CHECK_EQUAL(fingerprints.size(), 6u);
  // The default is "cut", and one group of all files is no data.
  prepare({"--output", data(), "--split", "cut", "--group-by", "content", "--filter", "none", corpus()});
  BOOST_CHECK(fingerprints.contains(read_description(data()).fingerprint));
  BOOST_CHECK(contains(failure_of({"--output", data(), "--group-by", "file", "--seed", "5",
                                   "--validation-share", "0.99", corpus()}),
                       "fell on the validation side"));
}

BOOST_FIXTURE_TEST_CASE(misspellings_are_part_of_the_data, Folders) {
  const std::string words = write("words.tsv", "teh\tthe\nadn \tand\nteh\tthe\n");
  prepare({"--output", data(), "--misspellings", words, corpus()});
  BOOST_CHECK_EQUAL(load_dataset(data()).misspellings.size(), 2u);
  BOOST_CHECK(read(data() + "/misspellings.tsv") == "teh\tthe\nadn\tand\n" ||
              read(data() + "/misspellings.tsv") == "adn\tand\nteh\tthe\n");
  const ino_t first = identity_of(data());
  write("words.tsv", "teh\tthe\n");
  prepare({"--output", data(), "--misspellings", words, corpus()});
  BOOST_CHECK_NE(identity_of(data()), first);
  BOOST_CHECK_EQUAL(load_dataset(data()).misspellings.size(), 1u);
  prepare({"--output", data(), corpus()});
  BOOST_CHECK(load_dataset(data()).misspellings.empty() && !fs::exists(data() + "/misspellings.tsv"));
  BOOST_CHECK(
      contains(failure_of({"--output", data(), "--misspellings", write("bad.tsv", "teh\n"), corpus()}),
               "bad.tsv: line 1 needs two columns"));
  BOOST_CHECK(
      contains(failure_of({"--output", data(), "--misspellings", *this / "no.tsv", corpus()}), "no.tsv"));
}

BOOST_FIXTURE_TEST_CASE(near_duplicates_are_reported_on_request, Folders) {
  prepare({"--output", data(), corpus()});
  BOOST_CHECK(!read_description(data()).leaks);
  prepare({"--output", data(), "--report-leaks", corpus()});
  const auto leaks = read_description(data()).leaks;
  BOOST_REQUIRE(leaks);
  BOOST_CHECK_EQUAL(leaks->lines, read_description(data()).counts.validation);
  BOOST_CHECK_EQUAL(leaks->shared_5, leaks->lines);  // "this one number" comes after all folders' names
  prepare({"--output", data(), corpus()});
  BOOST_CHECK(read_description(data()).leaks == leaks);  // nothing was made again
  const std::string leaks_again = leaks_table(*leaks, read_description(data()).counts);
  const std::string up_to_date = data() + " is up to date\n";
  BOOST_CHECK_EQUAL(output_of(*this, {"--output", data(), "--report-leaks", corpus()}),
                    leaks_again + up_to_date);
  BOOST_CHECK_EQUAL(output_of(*this, {"--output", data(), corpus()}), up_to_date);
}

BOOST_FIXTURE_TEST_CASE(a_place_that_is_being_written_to_is_left_alone, Folders) {
  const DataDirectoryWriter writer(data(), false);
  BOOST_CHECK(
      contains(failure_of({"--output", data(), corpus()}), "data.tmp: another prepare is writing there"));
  BOOST_CHECK(fs::exists(writer.staging() / "train.txt"));
}

// A line of 64 MB in little memory.
BOOST_AUTO_TEST_CASE(an_endless_line_is_counted_and_not_kept) {
  const TemporaryDirectory directory;
  const std::string file = directory.write("a.txt", english()), data = directory / "data";
  fs::resize_file(file, 64 << 20);  // with NUL
  const int status = favras::test::in_child([&] {
    prepare({"--output", data, "--threads", "1", file});
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss < 40'000 ? 0 : 1;
  });
  BOOST_CHECK_EQUAL(status, 0);
  const LineCounts counts = read_description(data).counts;
  BOOST_CHECK_EQUAL(counts.overlong, 1u);
  BOOST_CHECK_EQUAL(counts.train + counts.validation, 500u);
}

BOOST_AUTO_TEST_CASE(bad_files_are_explained_and_leave_nothing) {
  const TemporaryDirectory directory;
  const std::string data = directory / "data", pipe = directory / "pipe";
  BOOST_REQUIRE_EQUAL(mkfifo(pipe.c_str(), 0600), 0);
  const auto failure = [&](const std::string& file) { return failure_of({"--output", data, file}); };
  BOOST_CHECK(contains(failure(directory / "missing.txt"), "missing.txt': No such file"));
  fs::create_directory(directory / "empty");
  BOOST_CHECK(contains(failure(directory / "empty"), "empty: has no .txt file in it"));
  BOOST_CHECK(contains(failure(pipe), "is neither a regular file nor a directory"));
  BOOST_CHECK(contains(failure(directory.write("empty.txt", "")), "no line is left of the 0 read"));
  BOOST_CHECK(contains(failure(directory.write("same.txt", "aaaaa\naaaaaa\n")), "no character but 'a'"));
  BOOST_CHECK(
      contains(failure(directory.write("long.txt", std::string(100, 'a') + " b\n")), "1 longer than 60"));
  BOOST_CHECK(contains(failure_of({"--output", data, "--pairs", directory.write("p.tsv", "a\tb\na\n")}),
                       "p.tsv: line 2: needs two columns"));
  BOOST_CHECK(!fs::exists(data) && !fs::exists(directory / ".data.tmp"));
}

BOOST_AUTO_TEST_CASE(bad_output_is_explained) {
  const TemporaryDirectory directory;
  const std::string file = directory.write("a.txt", english());
  BOOST_CHECK(contains(failure_of({"--output", file, file}), "is not a directory"));
  BOOST_CHECK(contains(failure_of({"--output", file + "/data", file}), "cannot be made: Not a directory"));
  BOOST_CHECK(contains(failure_of({"--output", "/proc/data", file}), "/proc/data: cannot be made"));
  BOOST_CHECK_EQUAL(read(file), english());
}

BOOST_AUTO_TEST_CASE(bad_usage_is_explained) {
  const TemporaryDirectory directory;
  const std::string file = directory.write("a.txt", english()), data = directory / "data";
  const auto check = [&](std::vector<std::string> arguments, const std::string& expected) {
    const std::string failure = failure_of(arguments);
    BOOST_CHECK_MESSAGE(failure.starts_with("usage: ") && contains(failure, expected), failure);
  };
  check({file}, "prepare needs --output");
  check({"--output", data}, "one of the three");
  check({"--output", data, "--task", "sort", file}, "one of the three");
  check({"--output", data, "--task", "sort", "--pairs", file}, "one of the three");
  check({"--output", data, "--task", "reverse"}, "the only task is 'sort'");
  check({"--output", data, "--task", "sort", "--characters", "20"},
        "--characters has no meaning with --task sort");
  check({"--output", data, "--characters", "1", file}, "--characters 1");
  check({"--output", data, "--minimum-length", "0", file}, "--minimum-length 0");
  check({"--output", data, "--minimum-length", "9", "--maximum-length", "8", file},
        "is above --maximum-length 8");
  check({"--output", data, "--validation-share", "1.5", file}, "--validation-share 1.5");
  check({"--output", data, "--invalid-utf8", "drop", file}, "must be skip or fail");
  check({"--output", data, "--threads", "-1", file}, "--threads -1");
  check({"--output", data, "--split", "words", file}, "--split words: must be whole or sentences or cut");
  check({"--output", data, "--filter", "german", file}, "--filter german: must be none or english");
  check({"--output", data, "--group-by", "name", file}, "--group-by name: must be content or file or folder");
  for (const char* option : {"--split", "--filter", "--group-by", "--misspellings"}) {
    check({"--output", data, "--pairs", file, option, "whole"},
          std::string(option) + " has no meaning with --pairs");
    check({"--output", data, "--task", "sort", option, "whole"},
          std::string(option) + " has no meaning with --task sort");
  }
  check({"--output", data, "--task", "sort", "--report-leaks"},
        "--report-leaks has no meaning with --task sort");
  BOOST_CHECK(!fs::exists(data));
}
