// What train says of its settings, what they change, and what it does without validation lines.
#include <map>
#include <string>

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "tests/apps/seq2seq/program.h"
#include "tests/apps/seq2seq/run_files.h"

namespace favras::test {

namespace {

std::string dumped(Words words) {
  words.push_back("--dump-config");
  const Ended ended = run_seq2seq(words);
  BOOST_TEST_REQUIRE(ended.status == 0, ended.err);
  return ended.out;
}

// The line of a setting, or "".
std::string setting(const std::string& text, const std::string& name) {
  const std::size_t at = ('\n' + text).find('\n' + name + " = ");
  return at == text.npos ? "" : text.substr(at, text.find('\n', at) - at);
}

}  // namespace

BOOST_FIXTURE_TEST_CASE(dump_config_prints_what_holds, TrainingPlace) {
  const std::string alone = dumped({"train"});
  BOOST_TEST(setting(alone, "rnn-size") == "rnn-size = 512");
  BOOST_TEST(setting(alone, "noise") == "noise = uniform=1");
  BOOST_TEST(setting(alone, "run") == "");

  // The task's defaults, under the run's own settings, under what is given.
  BOOST_TEST_REQUIRE(run_seq2seq({"prepare", "--task", "sort", "--output", at("sort")}).status == 0);
  const std::string sorting = dumped({"train", "--data", at("sort"), "--batch-size", "7"});
  BOOST_TEST(setting(sorting, "rnn-size") == "rnn-size = 50");
  BOOST_TEST(setting(sorting, "epochs") == "epochs = 60");
  BOOST_TEST(setting(sorting, "noise") == "");
  BOOST_TEST(setting(sorting, "batch-size") == "batch-size = 7");
  run_whole("run");
  const std::string resumed = dumped({"train", "--run", at("run"), "--epochs", "9"});
  BOOST_TEST(setting(resumed, "rnn-size") == "rnn-size = 8");
  BOOST_TEST(setting(resumed, "data") == "data = " + at("data"));
  BOOST_TEST(setting(resumed, "epochs") == "epochs = 9");
  BOOST_TEST(setting(resumed, "seed") == "seed = 1");

  write_all(*this / "dumped.ini", resumed);
  BOOST_TEST(dumped({"train", "--config", at("dumped.ini")}) == resumed);
  BOOST_TEST(setting(read_all(*this / "run/config.ini"), "epochs") == "epochs = 2");
}

BOOST_FIXTURE_TEST_CASE(a_value_that_will_not_do_is_named_with_its_source, TrainingPlace) {
  const std::string problem = "'two' will not do: expected a whole number from 1 to 1073741824";
  write_all(*this / "mine.ini", "# mine\nepochs = two\n");
  const Words words = train("run", {{"epochs", ""}, {"config", at("mine.ini")}});
  check_refused(path(), words, 2, at("mine.ini") + " line 2: epochs " + problem);
  ::setenv("FAVRAS_EPOCHS", "two", 1);
  check_refused(path(), words, 2, "FAVRAS_EPOCHS " + problem);
  ::setenv("FAVRAS_EPOCHS", "2", 1);
  check_refused(path(), train("run", {{"epochs", "two"}}), 2, "--epochs " + problem);
  BOOST_TEST(run_seq2seq(words).status == 0);  // what does not count is not looked at
  ::unsetenv("FAVRAS_EPOCHS");
}

BOOST_FIXTURE_TEST_CASE(a_data_directory_is_no_run, TrainingPlace) {
  const std::string message = fmt::format(
      "--run {}: is a data directory, made by seq2seq prepare; name the directory of a run", at("data"));
  check_refused(path(), {"train", "--data", at("data"), "--run", at("data")}, 1, message);
  check_refused(path(), {"correct", "--run", at("data")}, 1, message);
  check_refused(path(), {"evaluate", "--run", at("data")}, 1, message);
}

// Options of mail are not kept with the run: whoever forgets them is told.
BOOST_FIXTURE_TEST_CASE(a_run_that_mailed_before_says_that_it_mails_no_more, TrainingPlace) {
  Words words = train("run", {{"epochs", "1"}, {"log-every", "100"}});
  words.insert(words.end(), {"--mail-to", "ann@example.org", "--mail-from", "run@example.org", "--mail-on",
                             "epoch", "--smtp-url", "smtp://127.0.0.1:1"});
  BOOST_TEST_REQUIRE(run_seq2seq(words).status == 0);  // nobody listens there: the mail waits
  const Ended ended = run_seq2seq(train("run", {{"epochs", "2"}, {"log-every", "100"}}));
  BOOST_TEST(ended.status == 0);
  BOOST_TEST(
      ended.err ==
      "note: this run has mailed before, and options of mail are not kept with a run: without --mail-to "
      "none goes out (1 mail waiting)\n");
}

BOOST_FIXTURE_TEST_CASE(nothing_is_measured_on_no_lines, TrainingPlace) {
  BOOST_TEST_REQUIRE(
      run_seq2seq({"prepare", "--pairs", at("pairs.tsv"), "--output", at("all"), "--validation-share", "0"})
          .status == 0);
  const Ended ended = run_seq2seq(train("run", {{"data", at("all")}, {"epochs", "1"}, {"log-every", "100"}}));
  BOOST_TEST_REQUIRE(ended.status == 0, ended.err);
  BOOST_TEST(ended.out.starts_with("note: " + at("all") + " has no validation lines"), ended.out);
  BOOST_TEST(contains(ended.out, "Validation loss:    nan\n"), ended.out);
  BOOST_TEST(contains(ended.out, "Current accuracy = nan%\n"), ended.out);
  BOOST_TEST(!contains(read_all(*this / "run/log.txt"), "note"));
  const std::string events = read_all(*this / "run/events.jsonl");
  BOOST_TEST(contains(events, "\"accuracy\":null,\"do_nothing_accuracy\":null,\"accuracy_lines\":0"), events);
}

BOOST_FIXTURE_TEST_CASE(what_changes_the_weights_and_what_does_not, TrainingPlace) {
  run_whole("usual");
  const std::string usual = read_all(*this / "usual" / "model.safetensors");
  for (const auto& [name, value] : std::map<std::string, std::string>{{"seed", "2"},
                                                                      {"shuffle-seed", "2"},
                                                                      {"keep-probability", "0.8"},
                                                                      {"clip", "0.0001"},
                                                                      {"clip-norm", "0.01"},
                                                                      {"warmup-steps", "9"},
                                                                      {"schedule", "cosine"},
                                                                      {"label-smoothing", "0.1"},
                                                                      {"average-weights", "0.9"},
                                                                      {"accumulate", "2"}}) {
    run_whole(name, {{name, value}});
    BOOST_TEST((read_all(*this / name / "model.safetensors") != usual), name);
  }
  for (const auto& [name, value] : std::map<std::string, std::string>{{"log-every", "17"},
                                                                      {"checkpoint-every", "31"},
                                                                      {"memory-limit", "64M"},
                                                                      {"best-by", "exact"},
                                                                      {"unknown-share", "0.1"}}) {
    run_whole(name, {{name, value}});
    BOOST_TEST((read_all(*this / name / "model.safetensors") == usual), name);
  }
}

BOOST_FIXTURE_TEST_CASE(a_preset_belongs_to_its_run, TrainingPlace) {
  const std::map<std::string, std::string> tiny{{"preset", "tiny"}, {"rnn-size", "8"}, {"epochs", "1"}};
  run_whole("run", tiny);
  const boost::json::value started = boost::json::parse(events_of(*this / "run", "started"));
  const std::string config = read_all(*this / "run" / "config.ini");
  for (const char* line : {"preset = tiny\n", "architecture = attention\n", "rnn-size = 8\n"})
    BOOST_TEST(contains(config, line), line);
  const Ended other = run_seq2seq({"train", "--run", at("run"), "--preset", "base", "--epochs", "2"});
  BOOST_TEST(other.status == 1);
  BOOST_TEST(other.err ==
             "seq2seq train: this run was started with --preset tiny, not base: use another --run\n");
  const Ended more = run_seq2seq({"train", "--run", at("run"), "--epochs", "2"});
  BOOST_TEST(more.status == 0, more.err);
  const boost::json::value resumed = boost::json::parse(events_of(*this / "run", "resumed"));
  BOOST_TEST(resumed.at("parameters") == started.at("parameters"));
}

// More mistakes make a higher loss: compared with that of before, no epoch would ever be the best again.
BOOST_FIXTURE_TEST_CASE(with_other_mistakes_the_best_is_looked_for_anew, TrainingPlace) {
  std::string lines;
  for (int i = 0; i < 200; ++i) lines += fmt::format("{} sheep and {} goats\n", i, 7 * i % 200);
  write_all(*this / "lines.txt", lines);
  BOOST_TEST_REQUIRE(
      run_seq2seq({"prepare", "--validation-share", "0.2", "--output", at("text"), at("lines.txt")}).status ==
      0);
  const auto went_on = [&](const std::string& noise) {
    run_whole("run-" + noise, {{"data", at("text")}, {"epochs", "1"}, {"noise", "uniform=1"}});
    Words words = train("run-" + noise,
                        {{"data", at("text")}, {"epochs", "2"}, {"noise", noise}, {"learning-rate", "1e-9"}});
    words.insert(words.end(), {"--allow-change", "noise", "--allow-change", "learning-rate"});
    const Ended ended = run_seq2seq(words);
    BOOST_TEST_REQUIRE(ended.status == 0, ended.err);
    const bool told = contains(ended.out, "the best is looked for anew");
    const std::string epochs = events_of(*this / ("run-" + noise), "epoch");
    const bool best = contains(epochs.substr(epochs.find('\n')), "\"best\":true");
    return std::pair(told, best);
  };
  BOOST_TEST((went_on("uniform=5") == std::pair(true, true)));
  BOOST_TEST(!went_on("uniform=1").first);
}

BOOST_FIXTURE_TEST_CASE(the_seed_is_that_of_dropout_too, TrainingPlace) {
  // Epoch 2 with another seed starts from the same weights.
  const auto second_epoch = [&](const std::string& run, const std::string& keep, const std::string& seed) {
    run_whole(run, {{"keep-probability", keep}, {"epochs", "1"}});
    Words words = train(run, {{"keep-probability", keep}, {"seed", seed}});
    words.insert(words.end(), {"--allow-change", "seed"});
    BOOST_TEST_REQUIRE(run_seq2seq(words).status == 0);
    const std::string log = log_of(*this / run);
    return log.substr(log.find("Epoch   2/2"));
  };
  BOOST_TEST(second_epoch("dropout-1", "0.7", "1") != second_epoch("dropout-2", "0.7", "2"));
  BOOST_TEST(second_epoch("none-1", "1", "1") == second_epoch("none-2", "1", "2"));
}

}  // namespace favras::test
