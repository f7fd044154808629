// What seq2seq prepare and train cannot use: a message that names it, an exit status, and nothing lost.
#include <string>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "tests/apps/seq2seq/program.h"

namespace favras::test {

namespace {

namespace fs = std::filesystem;

constexpr int kFailed = 1, kUsage = 2;

struct Place : TrainingPlace {
  void check_refused(const Words& words, int status, const std::string& message,
                     Program::User user = Program::User::kSame) const {
    test::check_refused(path(), words, status, message, user);
  }
  // Into the directory of good data that is there already.
  Words prepare(const std::string& file, const Words& more = {}) const {
    Words words{"prepare", at(file), "--output", at("data")};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  void write(const std::string& name, const std::string& bytes) const { write_all(*this / name, bytes); }
};

// Lets everybody read the directory and nobody write to it, while it lives.
class Closed {
 public:
  explicit Closed(const fs::path& path) : path_(path) {
    for (const auto& entry : fs::recursive_directory_iterator(path_))
      fs::permissions(entry.path(), fs::perms(entry.is_directory() ? 0755 : 0644));  // whatever the umask is
    fs::permissions(path_, fs::perms(0555));
  }
  ~Closed() { fs::permissions(path_, fs::perms(0755)); }

 private:
  const fs::path path_;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(prepare, Place)

BOOST_AUTO_TEST_CASE(files_that_cannot_be_read) {
  check_refused(Place::prepare("none.txt"), kFailed,
                fmt::format("open '{}': No such file or directory", at("none.txt")));
  check_refused(Place::prepare("."), kFailed,
                fmt::format("{}: has no .txt file in it; name the files", at(".")));
}

BOOST_AUTO_TEST_CASE(a_file_that_may_not_be_read, *boost::unit_test::precondition(unprivileged_is_possible)) {
  write("secret.txt", "a line to learn from\n");
  check_refused(Place::prepare("secret.txt"), kFailed, at("secret.txt") + ": Permission denied",
                Program::User::kNobody);  // nobody may look into the directory
  const Closed closed(path());
  fs::permissions(*this / "secret.txt", fs::perms(0));
  check_refused(Place::prepare("secret.txt"), kFailed,
                fmt::format("open '{}': Permission denied", at("secret.txt")), Program::User::kNobody);
}

BOOST_AUTO_TEST_CASE(one_file_of_many_in_another_encoding) {
  fs::create_directory(*this / "books");
  for (const char* name : {"books/a.txt", "books/b.txt", "books/c.txt"})
    write(name, "A line in ASCII.\nUn caf\u00e9 au lait.\n");
  write("books/d.txt", "A line in ASCII.\n\nUn caf\xe9 au lait.\n");
  check_refused(
      Place::prepare("books"), kFailed,
      fmt::format("{}: line 3: byte 7 of the line (0xe9) is not valid UTF-8 (--invalid-utf8 skip leaves "
                  "out such lines)",
                  at("books/d.txt")));
  write("books/d.txt", std::string("\0A\0 \0l\0i\0n\0e", 12));
  check_refused(
      Place::prepare("books"), kFailed,
      fmt::format("{}: line 1: byte 1 of the line is NUL: not a text file in UTF-8 (--invalid-utf8 skip "
                  "leaves out such lines)",
                  at("books/d.txt")));
}

BOOST_AUTO_TEST_CASE(an_empty_file) {
  write("empty.txt", "");
  const auto before = content_of(*this / "data");
  const Ended ended = run_seq2seq(Place::prepare("empty.txt"));
  BOOST_TEST(ended.status == kFailed);
  BOOST_TEST(contains(ended.err, fmt::format("note: {} is empty\n", at("empty.txt"))));
  BOOST_TEST(contains(ended.err, "seq2seq prepare: no line is left of the 0 read"));
  BOOST_TEST((content_of(*this / "data") == before));
}

BOOST_AUTO_TEST_CASE(text_that_is_not_utf8) {
  write("latin1.txt", "good line\nanother good one\ncaf\xe9 au lait\n");
  check_refused(
      Place::prepare("latin1.txt"), kFailed,
      fmt::format("{}: line 3: byte 4 of the line (0xe9) is not valid UTF-8 (--invalid-utf8 skip leaves "
                  "out such lines)",
                  at("latin1.txt")));
  check_refused(Place::prepare("latin1.txt", {"--invalid-utf8", "drop"}), kUsage,
                "--invalid-utf8 drop: must be skip or fail");
  BOOST_TEST(run_seq2seq(Place::prepare("latin1.txt", {"--invalid-utf8", "skip"})).status == 0);
}

BOOST_AUTO_TEST_CASE(lines_that_are_all_too_long) {
  write("long.txt", std::string(61, 'a') + "\n" + std::string(300, 'b') + "\n\n");
  check_refused(Place::prepare("long.txt"), kFailed,
                "no line is left of the 3 read: 1 empty, 2 longer than 60 characters");
}

BOOST_AUTO_TEST_CASE(lines_that_are_not_looked_at) {
  const std::string remedy =
      "break such lines between paragraphs, or cut them at blanks with fold -s -w 1000000 FILE";
  const std::string huge((1 << 20) + 1, 'a');
  write("huge.txt", huge + "\n");
  check_refused(
      Place::prepare("huge.txt"), kFailed,
      fmt::format("no line is left of the 1 read: 1 longer than 1048576 bytes; the first that is too "
                  "long to be looked at is {}: line 1: {}",
                  at("huge.txt"), remedy));
  write("mixed.txt", "a line to learn from\n" + huge + "\n" + huge + "\nand another one, too\n");
  const Ended ended =
      run_seq2seq({"prepare", at("mixed.txt"), "--output", at("mixed"), "--validation-share", "0"});
  BOOST_TEST(ended.status == 0);
  BOOST_TEST(
      contains(ended.err,
               fmt::format("note: {}: line 2 is longer than 1048576 bytes and was left out, and 1 more: {}\n",
                           at("mixed.txt"), remedy)),
      ended.err);
}

BOOST_AUTO_TEST_CASE(a_vocabulary_of_one_character) {
  write("a.txt", "aaaaa\naaaaaa\naaaaaaa\n");
  check_refused(Place::prepare("a.txt"), kFailed,
                "the input has no character but 'a': a model can learn nothing from it");
  check_refused(Place::prepare("pairs.tsv", {"--characters", "1"}), kUsage,
                "--characters 1: a model needs two at least");
}

BOOST_AUTO_TEST_CASE(pairs_that_are_none) {
  write("columns.tsv", "a\tb\nabc\nd\te\n");
  const auto before = content_of(path());
  const Ended ended = run_seq2seq({"prepare", "--pairs", at("columns.tsv"), "--output", at("data")});
  BOOST_TEST(ended.status == kFailed);
  BOOST_TEST(ended.err.starts_with("seq2seq prepare: " + at("columns.tsv") + ": line 2: "), ended.err);
  BOOST_TEST(contains(ended.err, "source<TAB>target, but has 1: mend or remove the line"), ended.err);
  BOOST_TEST((content_of(path()) == before));
}

BOOST_AUTO_TEST_CASE(options_that_are_none_or_make_no_sense) {
  check_refused({"prepare", at("pairs.tsv")}, kUsage, "prepare needs --output DIR");
  check_refused({"prepare", "--output", at("new")}, kUsage,
                "prepare needs text files, or --pairs FILE.tsv, or --task sort: one of the three");
  check_refused({"prepare", "--task", "sorting", "--output", at("new")}, kUsage,
                "--task sorting: the only task is 'sort'");
  check_refused(Place::prepare("pairs.tsv", {"--minimum-lenght", "3"}), kUsage,
                "unknown option --minimum-lenght; did you mean --minimum-length?");
  check_refused(Place::prepare("pairs.tsv", {"--validation-share", "1.5"}), kUsage,
                "--validation-share 1.5: must be from 0 to 0.99");
  check_refused(Place::prepare("pairs.tsv", {"--threads", "-1"}), kUsage,
                "--threads -1: must be from 0 to 1024");
  check_refused(Place::prepare("pairs.tsv", {"--maximum-length", "sixty"}), kUsage,
                "--maximum-length 'sixty': expected a whole number");
}

BOOST_AUTO_TEST_CASE(a_directory_that_holds_something_else) {
  fs::create_directory(*this / "mine");
  write("mine/letter.txt", "dear reader");
  check_refused(
      {"prepare", at("pairs.tsv"), "--output", at("mine")}, kFailed,
      fmt::format("{}: holds 'letter.txt', which is not prepared data: name another directory", at("mine")));
}

BOOST_AUTO_TEST_CASE(a_place_that_cannot_be_written_to,
                     *boost::unit_test::precondition(unprivileged_is_possible)) {
  const Closed closed(path());
  check_refused({"prepare", at("pairs.tsv"), "--output", at("new")}, kFailed,
                fmt::format("{}: cannot be made: Permission denied", at("new")), Program::User::kNobody);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(new_run, Place)

BOOST_AUTO_TEST_CASE(options_that_are_missing) {
  check_refused(train("run", {{"data", ""}}), kUsage,
                "--data is needed: a directory made by seq2seq prepare");
  check_refused(train("run", {{"run", ""}}), kUsage, "--run is needed");
  Words words = train("run", {{"run", ""}});
  words.insert(words.end(), {"--run", ""});
  check_refused(words, kUsage, "--run is needed");
}

BOOST_AUTO_TEST_CASE(options_that_are_none) {
  Words words = train("run");
  words.insert(words.end(), {"--bach-size", "64"});
  check_refused(words, kUsage, "unknown option --bach-size; did you mean --batch-size?");
  words = train("run");
  words.push_back("data");
  check_refused(words, kUsage, "unexpected word 'data'; train takes only options");
  words = train("run");
  words.insert(words.end(), {"--allow-change", "learning-rat"});
  check_refused(words, kUsage, "--allow-change learning-rat: no such setting; did you mean learning-rate?");
}

BOOST_AUTO_TEST_CASE(values_that_will_not_do) {
  const auto check = [&](const std::string& name, const std::string& value, const std::string& expected) {
    check_refused(train("run", {{name, value}}), kUsage,
                  fmt::format("--{} '{}' will not do: expected {}", name, value, expected));
  };
  check("epochs", "many", "a whole number from 1 to 1073741824");
  check("batch-size", "0", "a whole number from 1 to 1073741824");
  check("rnn-size", "8.5", "a whole number from 1 to 1073741824");
  check("num-layers", "-2", "a whole number from 1 to 1073741824");
  check("seed", "-1", "a whole number from 0 to 18446744073709551615");
  check("checkpoint-every", "x",
        "a number of batches, or a time such as 30s, 10m or 6h, of at most 1073741824 or 1073741824s");
  check("keep-probability", "0", "a probability above 0, at most 1");
  check("learning-rate", "nan", "a number from 0 to 1000000");
  check("learning-rate", "1e9", "a number from 0 to 1000000");
  check("memory-limit", "4GB", "a number of bytes, such as 4G or 512M, below 8388608T");
  check("schedule", "step", "one of constant, cosine, linear");
  check("label-smoothing", "1", "a share from 0, below 1");
  check("noise-refresh", "never", "one of epoch, frozen");
  check("precision", "fp8", "one of fp32, tf32, bf16");
}

BOOST_AUTO_TEST_CASE(devices_that_are_not_there) {
  check_refused(train("run", {{"device", "gpu"}}), kUsage,
                "--device: unknown device 'gpu': use auto, cpu or cuda");
  check_refused(train("run", {{"device", "cuda:one"}}), kUsage,
                "--device: unknown device 'cuda:one': use cuda or cuda:N");
}

BOOST_AUTO_TEST_CASE(data_that_is_none) {
  check_refused(train("run", {{"data", at("none")}}), kFailed,
                at("none") + ": no such data directory; make one with prepare");
  check_refused(train("run", {{"data", at("pairs.tsv")}}), kFailed,
                at("pairs.tsv") + ": no such data directory; make one with prepare");
  fs::create_directory(*this / "empty");
  check_refused(train("run", {{"data", at("empty")}}), kFailed,
                at("empty") + ": is not a data directory (no data.json); make one with prepare");
}

BOOST_AUTO_TEST_CASE(data_that_was_changed) {
  write("data/train.tsv", read_all(*this / "data" / "train.tsv") + "ab\tab\n");
  check_refused(train("run"), kFailed,
                at("data") +
                    ": the files have changed since prepare wrote them (their fingerprint is not that of "
                    "data.json): run prepare again");
}

BOOST_AUTO_TEST_CASE(a_run_that_is_a_file) {
  check_refused(train("pairs.tsv"), kFailed, fmt::format("mkdir '{}': File exists", at("pairs.tsv")));
}

BOOST_AUTO_TEST_CASE(a_place_that_cannot_be_written_to,
                     *boost::unit_test::precondition(unprivileged_is_possible)) {
  fs::create_directory(*this / "empty");
  const Closed closed(path()), closed_run(*this / "empty");
  check_refused(train("run"), kFailed, fmt::format("mkdir '{}': Permission denied", at("run")),
                Program::User::kNobody);
  check_refused(train("empty"), kFailed, fmt::format("open '{}': Permission denied", at("empty/lock")),
                Program::User::kNobody);
}

BOOST_AUTO_TEST_CASE(a_memory_limit_that_is_too_low) {
  const Ended ended = run_seq2seq(train("run", {{"memory-limit", "1K"}}));
  BOOST_TEST(ended.status == kFailed);
  BOOST_TEST(contains(ended.err, "out of memory"));
  BOOST_TEST(contains(ended.err, "--memory-limit"));
  // It did not start: the next attempt is free to be another.
  run_whole("run", {{"rnn-size", "9"}});
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace favras::test
