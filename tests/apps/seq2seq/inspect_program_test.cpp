// What inspect says of runs: that are whole, finished, in training, damaged, or have lost a part.
#include <csignal>
#include <string>

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "engine/storage/checkpoint_directory.h"
#include "tests/apps/seq2seq/program.h"
#include "tests/apps/seq2seq/run_files.h"

namespace favras::test {

namespace {

namespace fs = std::filesystem;

constexpr int kFailed = 1;

struct Place : TrainingPlace {
  std::vector<Checkpoint> checkpoints() const { return list_checkpoints(*this / "run" / "checkpoints"); }
  Ended inspect() const { return run_seq2seq({"inspect", at("run")}); }
  void check_says(const std::string& text, int status = 0) const {
    const Ended ended = inspect();
    BOOST_TEST(ended.status == status);
    BOOST_TEST(contains(ended.out, text), fmt::format("'{}' is not said:\n{}", text, ended.out));
  }
  // Ends in its first epoch, with one checkpoint.
  void train_a_little() {
    rnn_size = "120";
    Program program(train("run"));
    BOOST_TEST_REQUIRE(program.says("Epoch   1/2 Batch     20/95"));
    BOOST_TEST_REQUIRE(program.finish_after(SIGTERM).status == 75);
  }
};

// Turns one bit in the middle of the file.
void damage(const fs::path& path) {
  std::string bytes = read_all(path);
  bytes.at(bytes.size() / 2) ^= 1;
  write_all(path, bytes);
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(inspect_program, Place)

BOOST_AUTO_TEST_CASE(a_finished_run) {
  run_whole("run");
  check_says(
      "\nfinished with step-190: more --epochs (after an early stop, --patience) would go on from there\n"
      "  step                    190\n"
      "  epochs done             2\n");
  BOOST_TEST(!contains(inspect().out, "missing"));
  BOOST_TEST(!contains(inspect().out, "just now"));
}

BOOST_AUTO_TEST_CASE(what_is_read_of_characters) {
  run_whole("run");
  for (const char* file : {"data", "run/model.safetensors"}) {
    const Ended ended = run_seq2seq({"inspect", at(file)});
    BOOST_TEST(contains(ended.out,
                        "\n  vocabulary              6 characters and 4 special tokens\n"
                        "  characters              abcdef\n"),
               ended.out);
  }
}

BOOST_AUTO_TEST_CASE(characters_that_a_terminal_would_obey) {
  prepare_pairs("control", "a\x1b[2Jb\tab\nab\tab\nba\tab\n");
  const Ended ended = run_seq2seq({"inspect", at("control")});
  BOOST_TEST(contains(ended.out, "\n  characters              \\u{1b}2J[ab\n"), ended.out);
}

BOOST_AUTO_TEST_CASE(a_run_that_was_stopped) {
  train_a_little();
  check_says(fmt::format("\ntraining would go on from {}\n", checkpoints().back().path.filename().string()));
  check_says("  epoch                   1\n");
}

BOOST_AUTO_TEST_CASE(a_run_that_is_in_training_goes_on_undisturbed) {
  rnn_size = "120";
  Program program(train("run"));
  BOOST_TEST_REQUIRE(program.says("Epoch   1/2 Batch     20/95"));
  for (int i = 0; i < 3; ++i)
    check_says(fmt::format(": a run\ntraining just now: process {} on host ", program.id()));
  BOOST_TEST(program.finish_after(SIGTERM).status == 75);
  BOOST_TEST(!contains(inspect().out, "just now"));
}

BOOST_AUTO_TEST_CASE(a_file_of_another_kind) {
  run_whole("run");
  const Ended ended = run_seq2seq({"inspect", at("run/log.txt")});
  BOOST_TEST(ended.status == kFailed);
  BOOST_TEST(ended.err == "seq2seq inspect: " + at("run/log.txt") +
                              ": no .safetensors file; inspect also takes a run, a checkpoint or a data "
                              "directory, each as a directory\n");
}

BOOST_AUTO_TEST_CASE(a_lock_that_may_not_be_read, *boost::unit_test::precondition(unprivileged_is_possible)) {
  run_whole("run");
  fs::permissions(path(), fs::perms(0755));
  fs::permissions(*this / "run" / "lock", fs::perms(0));
  const Ended ended = run_seq2seq({"inspect", at("run")}, "", Program::User::kNobody);
  BOOST_TEST(ended.status == 0);
  BOOST_TEST(
      contains(ended.out, fmt::format("whether it is training just now cannot be seen: open '{}': Permission "
                                      "denied\n",
                                      at("run/lock"))),
      ended.out);
}

// Those that are trained: not the bias that PyTorch has besides, nor the arena's padding.
BOOST_AUTO_TEST_CASE(parameters_are_counted_as_the_events_count_them) {
  rnn_size = "9";
  run_whole("run");
  const std::int64_t vocabulary = 4 + 6, embedding = 4, size = 9;
  const std::int64_t layers = 4 * size * (embedding + size + 1) + 4 * size * (size + size + 1);
  const std::int64_t count = 2 * vocabulary * embedding + 2 * layers + vocabulary * size + vocabulary;
  check_says(fmt::format("  parameters              {}\n", count));
  const boost::json::value started = boost::json::parse(events_of(*this / "run", "started"));
  BOOST_TEST(started.at("parameters") == count);
}

BOOST_AUTO_TEST_CASE(parts_that_are_missing) {
  run_whole("run");
  for (const auto& [name, meaning] :
       {std::pair("config.ini", "give --data, --epochs and the like again; the checkpoints know the rest"),
        std::pair("log.txt", "a new one begins when training goes on"),
        std::pair("events.jsonl",
                  "plot and report have nothing to show; a new one begins when training goes on")}) {
    fs::remove(*this / "run" / name);
    check_says(fmt::format("  {:<24}missing: {}\n", name, meaning));
  }
  // It is as said.
  run_whole("run", {{"epochs", "3"}});
  BOOST_TEST(!contains(inspect().out, "missing"));
}

BOOST_AUTO_TEST_CASE(checkpoints_that_are_gone) {
  run_whole("run");
  const std::string lost =
      "  DAMAGED: no checkpoint is whole: training cannot go on, but its weights can be used\n";
  for (const Checkpoint& checkpoint : checkpoints()) fs::remove_all(checkpoint.path);
  check_says("\ncheckpoints: none left\n" + lost, kFailed);
  fs::remove(*this / "run" / "checkpoints");
  check_says("\ncheckpoints: gone, with their directory\n" + lost, kFailed);
  fs::remove(*this / "run" / "model.safetensors");
  fs::remove(*this / "run" / "best.safetensors");
  check_says("\ncheckpoints: none yet\n");
}

BOOST_AUTO_TEST_CASE(a_damaged_checkpoint_is_seen_by_inspect) {
  run_whole("run");
  const fs::path newest = checkpoints().back().path;
  for (const fs::path& inspected : {*this / "run", newest})
    BOOST_TEST(run_seq2seq({"inspect", inspected.string()}).status == 0);
  damage(newest / "optimizer.safetensors");
  const auto before = content_of(path());
  for (const fs::path& inspected : {*this / "run", newest}) {
    const Ended ended = run_seq2seq({"inspect", inspected.string()});
    BOOST_TEST(ended.status == kFailed);
    BOOST_TEST(contains(ended.out, fmt::format("  DAMAGED: '{}' does not agree with its checksum",
                                               (newest / "optimizer.safetensors").string())),
               ended.out);
  }
  BOOST_TEST((content_of(path()) == before));
}

BOOST_AUTO_TEST_CASE(where_training_would_go_on) {
  run_whole("run");
  const fs::path newest = checkpoints().back().path, before = checkpoints().front().path;
  damage(newest / "state.json");
  check_says(fmt::format("\ntraining would go on from {}\n", before.filename().string()), kFailed);
  fs::copy(newest, newest.string() + ".damaged");
  fs::copy(newest, newest.string() + ".tmp");
  check_says("  step-190.damaged        was damaged, and set aside: may be removed\n", kFailed);
  check_says("  step-190.tmp            a save under way, or cut short: ", kFailed);
  for (const Checkpoint& checkpoint : checkpoints()) damage(checkpoint.path / "model.safetensors");
  check_says("  DAMAGED: no checkpoint is whole: training cannot go on, but its weights", kFailed);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace favras::test
