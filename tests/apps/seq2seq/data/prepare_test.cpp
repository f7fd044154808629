// The prepare command as a user runs it.
#include <sys/stat.h>

#include <boost/test/unit_test.hpp>

#include "apps/seq2seq/commands/commands.h"
#include "apps/seq2seq/data/data_directory.h"
#include "apps/seq2seq/data/dataset.h"
#include "apps/seq2seq/usage_error.h"
#include "tests/apps/seq2seq/data/data_test_support.h"

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
  const std::string before = contents(data);
  directory.write("a.txt", english() + "One more line.\n");
  prepare({"--output", data, "--seed", "2", file});
  BOOST_CHECK_NE(contents(data), before);
}

// What a killed run left goes even if there is nothing else to do.
BOOST_AUTO_TEST_CASE(up_to_date_data_lose_their_leftovers) {
  const TemporaryDirectory directory;
  const std::string file = directory.write("a.txt", english()), data = directory / "data";
  prepare({"--output", data, file});
  const auto first = identity_of(data);
  fs::create_directory(data + ".tmp");
  std::ofstream(data + ".tmp/train.txt") << "half a li";
  prepare({"--output", data, file});
  BOOST_CHECK(!fs::exists(data + ".tmp"));
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
  BOOST_CHECK(!fs::exists(data) && !fs::exists(data + ".tmp"));
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
                       "p.tsv: line 2: needs 2 columns"));
  BOOST_CHECK(!fs::exists(data) && !fs::exists(data + ".tmp"));
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
  check({"--output", data, "--threads", "0", file}, "--threads 0");
  BOOST_CHECK(!fs::exists(data));
}
