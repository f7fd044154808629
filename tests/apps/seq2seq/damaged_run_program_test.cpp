// Runs that do not fit what is asked for now, or are damaged: a message that says how, an exit status, and
// nothing lost.
#include <algorithm>
#include <csignal>
#include <map>
#include <string>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "engine/storage/checkpoint_directory.h"
#include "tests/apps/seq2seq/program.h"
#include "tests/apps/seq2seq/run_files.h"

namespace favras::test {

namespace {

namespace fs = std::filesystem;

constexpr int kFailed = 1, kUsage = 2;

struct Place : TrainingPlace {
  void check_refused(const Words& words, int status, const std::string& message) const {
    test::check_refused(path(), words, status, message);
  }
  void write(const std::string& name, const std::string& bytes) const { write_all(*this / name, bytes); }
  std::vector<Checkpoint> checkpoints() const { return list_checkpoints(*this / "run" / "checkpoints"); }
  // As many lines and characters as the data, but one of them another.
  void prepare_with_x_for_a() const {
    std::string lines = pairs_to_sort(500);
    std::replace(lines.begin(), lines.end(), 'a', 'x');
    prepare_pairs("other", lines);
  }
};

// Turns one bit in the middle of the file.
void damage(const fs::path& path) {
  std::string bytes = read_all(path);
  bytes.at(bytes.size() / 2) ^= 1;
  write_all(path, bytes);
}

Words with(Words words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(other_settings, Place)

BOOST_AUTO_TEST_CASE(other_hyper_parameters) {
  run_whole("run");
  const auto check = [&](const std::string& name, const std::string& before, const std::string& now) {
    check_refused(train("run", {{"epochs", "3"}, {name, now}}), kFailed,
                  fmt::format("this run was started with --{0} {1}, not {2}: use another --run, or "
                              "--allow-change {0}",
                              name, before, now));
  };
  check("batch-size", "5", "6");
  check("keep-probability", "0.7", "0.8");
  check("learning-rate", "0.01", "0.001");
  check("schedule", "constant", "cosine");
  check("warmup-steps", "0", "10");
  check("clip", "5", "1");
  check("clip-norm", "0", "1");
  check("noise", "nothing", "uniform=1");
  check("noise-refresh", "epoch", "frozen");
  check("seed", "1", "2");
  check("shuffle-seed", "1", "2");
  check("precision", "fp32", "bf16");
  fs::remove(*this / "run" / "config.ini");
  check("clip", "5", "1");  // the checkpoint knows as well
}

BOOST_AUTO_TEST_CASE(a_change_may_be_allowed) {
  run_whole("run");
  const Words words = train("run", {{"epochs", "3"}, {"learning-rate", "0.002"}, {"clip", "1"}});
  check_refused(
      with(words, {"--allow-change", "clip"}), kFailed,
      "this run was started with --learning-rate 0.01, not 0.002: use another --run, or --allow-change "
      "learning-rate");
  BOOST_TEST(run_seq2seq(with(words, {"--allow-change", "clip", "--allow-change", "learning-rate"})).status ==
             0);
  BOOST_TEST(contains(read_all(*this / "run" / "config.ini"), "learning-rate = 0.002\n"));
  BOOST_TEST(contains(read_all(*this / "run" / "events.jsonl"), "\"learning_rate\":2E-3"));
  // From here on this is the run's value.
  BOOST_TEST(run_seq2seq({"train", "--run", at("run"), "--epochs", "4"}).status == 0);
}

// config.ini says what the checkpoint was trained with, not what is meant to come.
BOOST_AUTO_TEST_CASE(an_allowed_change_that_was_never_saved_is_forgotten) {
  run_whole("run");
  Words words = train("run", {{"epochs", "30"}, {"learning-rate", "0.002"}, {"checkpoint-every", "0"}});
  Program changed(with(words, {"--allow-change", "learning-rate"}));
  BOOST_TEST(changed.says("Epoch   3/30 Batch      1/95"));
  BOOST_TEST(changed.finish_after(SIGKILL).status == -SIGKILL);
  BOOST_TEST(contains(read_all(*this / "run" / "config.ini"), "learning-rate = 0.01\n"));
  run_whole("run", {{"epochs", "3"}, {"learning-rate", ""}});
  run_whole("whole", {{"epochs", "3"}});
  BOOST_TEST(
      (read_all(*this / "run" / "model.safetensors") == read_all(*this / "whole" / "model.safetensors")));
  // Nor does a config.ini that is ahead of the checkpoints count.
  std::string config = read_all(*this / "run" / "config.ini");
  config.replace(config.find("learning-rate = 0.01"), 20, "learning-rate = 0.03");
  write("run/config.ini", config);
  run_whole("run", {{"epochs", "4"}, {"learning-rate", ""}});
}

BOOST_AUTO_TEST_CASE(another_batch_size_in_the_middle_of_an_epoch_starts_it_again) {
  const std::string size = "150";  // large enough for the signal to come in time
  Program first(train("run", {{"rnn-size", size}}));
  BOOST_TEST(first.says("Epoch   1/2 Batch     15/95"));
  BOOST_TEST(first.finish_after(SIGTERM).status == 75);
  const Words words =
      train("run", {{"rnn-size", size}, {"batch-size", "50"}});  // ten batches: fewer than were done
  const Ended ended = run_seq2seq(with(words, {"--allow-change", "batch-size"}));
  BOOST_TEST(ended.status == 0, ended.err);
  BOOST_TEST(ended.out.starts_with("Epoch 1 starts again: its lines come in another order now.\n"));
  BOOST_TEST(contains(ended.out, "\nEpoch   1/2 Batch      1/10 "));
  // Its padding is that of the batches that it has now.
  run_whole("other", {{"rnn-size", size}, {"batch-size", "50"}});
  const auto padding = [&](const char* name) {
    const std::string events = test::events_of(*this / name, "epoch");
    const std::size_t at = events.find("\"padding_share\":");
    return events.substr(at, events.find(',', at) - at);
  };
  BOOST_TEST(padding("run") == padding("other"));
}

BOOST_AUTO_TEST_CASE(a_change_that_the_weights_cannot_follow) {
  run_whole("run");
  const Words words = train("run", {{"epochs", "3"}, {"rnn-size", "9"}});
  const Ended ended = run_seq2seq(with(words, {"--allow-change", "rnn-size"}));
  BOOST_TEST(ended.status == kFailed);
  BOOST_TEST(ended.err ==
             "seq2seq train: this run was started with --rnn-size 8, not 9: use another --run\n");
  for (const auto& [name, now] : std::map<std::string, std::string>{
           {"num-layers", "1"}, {"encoding-embedding-size", "5"}, {"decoding-embedding-size", "5"}})
    BOOST_TEST(run_seq2seq(with(train("run", {{name, now}}), {"--allow-change", name})).status == kFailed);
  run_whole("run", {{"epochs", "3"}});  // with what it had
}

BOOST_AUTO_TEST_CASE(a_damaged_configuration) {
  run_whole("run");
  write("run/config.ini", "epochs = 2\nbatch-size\n");
  check_refused(train("run", {{"epochs", "3"}}), kUsage,
                at("run/config.ini") + " line 2: 'batch-size' is not of the form name = value");
  write("run/config.ini", "epochs = two\n");
  check_refused(train("run", {{"epochs", ""}}), kUsage,
                at("run/config.ini") +
                    " line 1: --epochs 'two' will not do: expected a whole number from 1 to 1073741824");
  write("run/config.ini", "epochs = 2\nbach-size = 2\n");
  check_refused(train("run"), kUsage, at("run/config.ini") + " line 2: unknown setting bach-size");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(other_data, Place)

BOOST_AUTO_TEST_CASE(other_lines) {
  run_whole("run");
  std::string lines = pairs_to_sort(500);
  for (std::size_t at = 0; at < lines.size();
       at = lines.find('\n', at) + 1)  // each character as often as before
    std::reverse(lines.begin() + static_cast<std::ptrdiff_t>(at),
                 lines.begin() + static_cast<std::ptrdiff_t>(lines.find('\t', at)));
  prepare_pairs("other", lines);
  const auto fingerprint = [&](const std::string& data) {
    const std::string text = read_all(*this / data / "data.json");
    return text.substr(text.find("\"fingerprint\"") + 16, 12);
  };
  const Words words = train("run", {{"epochs", "3"}, {"data", at("other")}});
  check_refused(
      words, kFailed,
      fmt::format("{} is not the data this run was trained on (fingerprint {}, not {}): prepare it again "
                  "from the same sources, or --allow-change data",
                  at("other"), fingerprint("other"), fingerprint("data")));
  BOOST_TEST(run_seq2seq(with(words, {"--allow-change", "data"})).status == 0);
}

BOOST_AUTO_TEST_CASE(another_vocabulary) {
  run_whole("run");
  prepare_with_x_for_a();
  const Words words = train("run", {{"epochs", "3"}, {"data", at("other")}});
  for (const Words& asked : {words, with(words, {"--allow-change", "data"})})
    check_refused(asked, kFailed,
                  at("other") +
                      " has another vocabulary than this run's model, which no option changes: train "
                      "another --run on it");
  check_refused(
      {"evaluate", "--run", at("run"), "--data", at("other")}, kFailed,
      fmt::format(
          "{0} and the data in {1} have other characters: evaluate on the data of the training, or on "
          "--pairs FILE.tsv "
          "(of text: seq2seq noise --data {1} --noise uniform=1 --pairs {1}/validation.txt >FILE.tsv)",
          at("run/best.safetensors"), at("other")));
}

BOOST_AUTO_TEST_CASE(pairs_to_evaluate_that_are_none) {
  run_whole("run");
  write("wrong.tsv", "ab\tba\nba\n");
  check_refused(
      {"evaluate", "--run", at("run"), "--pairs", at("wrong.tsv")}, kFailed,
      at("wrong.tsv") + ": line 2 needs two columns, noisy<TAB>clean, but has 1: mend or remove the line");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(damaged, Place)

BOOST_AUTO_TEST_CASE(a_damaged_newest_checkpoint_leaves_the_one_before) {
  run_whole("whole", {{"epochs", "3"}});
  for (const char* file : {"model.safetensors", "optimizer.safetensors", "state.json", "manifest.json"}) {
    run_whole("run");
    const fs::path newest = checkpoints().back().path;
    damage(newest / file);
    const Ended ended = run_seq2seq(train("run", {{"epochs", "3"}}));
    BOOST_TEST(ended.status == 0, ended.err);
    BOOST_TEST(ended.err.starts_with(
                   fmt::format("checkpoint '{0}' is damaged and set aside as 'step-190.damaged': '{0}/{1}' ",
                               newest.string(), file)),
               ended.err);
    BOOST_TEST(ended.out.starts_with("Going on after step 95 (epoch 2, batch 0).\n"));
    for (const char* name : {"model.safetensors", "best.safetensors"})
      BOOST_TEST((read_all(*this / "run" / name) == read_all(*this / "whole" / name)), name);
    fs::remove_all(*this / "run");
  }
}

BOOST_AUTO_TEST_CASE(a_run_without_a_whole_checkpoint_is_not_started_over) {
  run_whole("run");
  for (const Checkpoint& checkpoint : checkpoints()) damage(checkpoint.path / "model.safetensors");
  const auto before = content_of(*this / "run");
  const std::string message =
      at("run") + " has a model but no whole checkpoint to go on from: use another --run";
  const Ended ended = run_seq2seq(train("run", {{"epochs", "3"}}));
  BOOST_TEST(ended.status == kFailed);
  BOOST_TEST(contains(ended.err, message), ended.err);
  const auto after = content_of(*this / "run");
  for (const char* name : {"config.ini", "log.txt", "events.jsonl", "model.safetensors", "best.safetensors"})
    BOOST_TEST((after.at(name) == before.at(name)), name);
  check_refused(train("run", {{"epochs", "3"}}), kFailed, message);
}

BOOST_AUTO_TEST_CASE(a_log_that_lost_lines_stops_no_run) {
  run_whole("whole", {{"epochs", "3"}});
  run_whole("run");
  const std::string log = read_all(*this / "run" / "log.txt");
  write("run/log.txt", log.substr(0, log.size() - 1));
  fs::remove(*this / "run" / "events.jsonl");
  run_whole("run", {{"epochs", "3"}});
  BOOST_TEST(read_all(*this / "run" / "log.txt").starts_with(log.substr(0, log.size() - 2)));
  BOOST_TEST(read_all(*this / "run" / "events.jsonl").starts_with("{\"event\":\"resumed\",\"step\":190,"));
  BOOST_TEST(
      (read_all(*this / "run" / "model.safetensors") == read_all(*this / "whole" / "model.safetensors")));
}

BOOST_AUTO_TEST_CASE(a_damaged_model) {
  run_whole("run");
  const fs::path model = *this / "run" / "best.safetensors";
  const std::string bytes = read_all(model),
                    complaint = fmt::format("'{}' is not a usable safetensors file: ", model.string());
  write_all(model, bytes.substr(0, bytes.size() - 10));
  const auto before = content_of(path());
  for (const char* command : {"evaluate", "correct"}) {
    const Ended ended = run_seq2seq({command, "--run", at("run")}, "cab\n");
    BOOST_TEST(ended.status == kFailed);
    BOOST_TEST(ended.out == "");
    BOOST_TEST(contains(ended.err, complaint), ended.err);
  }
  BOOST_TEST(run_seq2seq({"correct", "--run", at("run"), "--weights", "newest"}, "cab\n").status == 0);
  for (const fs::path& inspected : {*this / "run", model}) {
    const Ended ended = run_seq2seq({"inspect", inspected.string()});
    BOOST_TEST(ended.status == kFailed);
    BOOST_TEST(contains(ended.out, "  DAMAGED: " + complaint), ended.out);
    BOOST_TEST(ended.err == "seq2seq inspect: damaged, as said above\n");
  }
  BOOST_TEST((content_of(path()) == before));
}

BOOST_AUTO_TEST_CASE(a_best_model_that_is_gone_or_damaged_is_written_again) {
  run_whole("run");
  const fs::path best = *this / "run" / "best.safetensors";
  const std::string bytes = read_all(best);
  for (const bool is_gone : {true, false}) {
    if (is_gone)
      fs::remove(best);
    else
      write_all(best, bytes.substr(0, 1000));
    const Ended ended = run_seq2seq(train("run"));
    BOOST_TEST(ended.status == 0);
    BOOST_TEST(ended.err.starts_with(best.string() + " was missing or damaged: written again from step-"),
               ended.err);
    BOOST_TEST((read_all(best) == bytes));
  }
}

BOOST_AUTO_TEST_CASE(evaluate_without_the_configuration_asks_for_the_data) {
  run_whole("run");
  fs::remove(*this / "run" / "config.ini");
  check_refused({"evaluate", "--run", at("run")}, kFailed,
                at("run/config.ini") + " does not say what data it was trained on: use --data DIR");
  BOOST_TEST(run_seq2seq({"evaluate", "--run", at("run"), "--data", at("data")}).status == 0);
}

BOOST_AUTO_TEST_CASE(what_is_no_run) {
  fs::create_directory(*this / "empty");
  for (const char* command : {"evaluate", "correct"}) {
    check_refused({command, "--run", at("none")}, kFailed, at("none") + ": no such run directory");
    check_refused({command, "--run", at("empty")}, kFailed,
                  fmt::format("{0} holds no model yet: train it with seq2seq train --run {0}", at("empty")));
    check_refused({command, "--run", at("data"), "--weights", "worst"}, kUsage,
                  "--weights worst: must be best or newest");
    check_refused({command, "--run", at("data"), "--device", "gpu"}, kUsage,
                  "--device: unknown device 'gpu': use auto, cpu or cuda");
  }
  check_refused({"inspect", at("none")}, kFailed, at("none") + ": no such file or directory");
  check_refused({"inspect"}, kUsage, "inspect needs one PATH");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace favras::test
