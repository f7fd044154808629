// Whole runs of seq2seq train: the same bits every time, however often it was stopped, and a log in the
// original's format.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <regex>
#include <sstream>
#include <string>
#include <thread>

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "engine/storage/checkpoint_directory.h"
#include "tests/apps/seq2seq/program.h"
#include "tests/apps/seq2seq/run_files.h"

namespace favras::test {

namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr int kBatches = 95;  // in an epoch, of 5 lines

struct Place : TrainingPlace {
  std::int64_t lines_of_training() const {
    const std::string lines = read_all(*this / "data" / "train.tsv");
    return std::count(lines.begin(), lines.end(), '\n');
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(whole_run, Place)

BOOST_AUTO_TEST_CASE(the_same_command_twice_gives_the_same_files) {
  run_whole("one");
  run_whole("two");
  check_same(*this / "one", *this / "two");
  std::map<std::string, std::string> files = content_of(*this / "one");
  for (const char* name : {"config.ini", "log.txt", "events.jsonl", "model.safetensors", "best.safetensors"})
    BOOST_TEST(files.contains(name), name);
  BOOST_TEST(list_checkpoints(*this / "one" / "checkpoints").back().step == 2 * kBatches);
}

BOOST_AUTO_TEST_CASE(the_log_is_the_originals_to_the_letter) {
  const Ended ended = run_seq2seq(train("run", {{"log-every", "40"}}));
  BOOST_TEST_REQUIRE(ended.status == 0, ended.err);
  std::string expected =
      "Batch size: 5\nRNN size  : 8\nNum layers: 2\nEnc. size : 4\nDec. size : 4\nKeep prob.: 0.7\n"
      "Learn rate: 0.01\n\n";
  for (int epoch = 1; epoch <= 2; ++epoch) {
    for (const char* batch : {"    40", "    80", "    95"})
      expected += fmt::format(
          "Epoch   {}/2 Batch {}/95 Inputs (000)       0 - Loss:  #.### - Validation loss:  #.###\n", epoch,
          batch);
    expected += "\nModel training for TIME and saved.\nCurrent accuracy = #.#%\n\n";
  }
  std::string log =
      std::regex_replace(log_of(*this / "run"), std::regex(R"((loss:  |Loss:  )\d\.\d{3})"), "$1#.###");
  log = std::regex_replace(log, std::regex(R"(= \d+\.\d%)"), "= #.#%");
  BOOST_TEST(log == expected);
  const std::string text = read_all(*this / "run" / "log.txt");
  BOOST_TEST_REQUIRE(ended.out.starts_with(text));
  BOOST_TEST(
      std::regex_match(ended.out.substr(text.size()),
                       std::regex(R"(Padding was \d+\.\d% of the last epoch's cells; \d+\.\d% of its time )"
                                  R"(went into waiting for batches\.\n)")));
}

BOOST_AUTO_TEST_CASE(quiet_says_nothing_and_logs_as_much) {
  run_whole("usual");
  Words words = train("quiet");
  words.push_back("--quiet");
  const Ended ended = run_seq2seq(words);
  BOOST_TEST(ended.status == 0);
  BOOST_TEST(ended.out == "");
  BOOST_TEST(ended.err == "");
  check_same(*this / "quiet", *this / "usual");
}

BOOST_AUTO_TEST_CASE(losses_and_inputs_of_the_log_are_those_of_the_events) {
  prepare_pairs("more", pairs_to_sort(1900));
  run_whole("run", {{"data", at("more")}, {"batch-size", "100"}, {"log-every", "7"}, {"epochs", "2"}});
  std::string log, events = events_of(*this / "run", "progress");
  std::istringstream lines(events);
  std::int64_t last = 0;
  for (std::string line; std::getline(lines, line);) {
    const json::object event = json::parse(line).as_object();
    const auto number = [&](const char* key) { return event.at(key).to_number<double>(); };
    last = event.at("lines_seen").to_number<std::int64_t>();
    log += fmt::format("{:>7} - Loss: {:>6.3f} - Validation loss: {:>6.3f}\n", last / 1000, number("loss"),
                       number("validation_loss"));
  }
  const std::string text = read_all(*this / "run" / "log.txt");
  std::string found;
  const std::regex progress(R"(Inputs \(000\) (.*))");
  for (std::sregex_iterator match(text.begin(), text.end(), progress), end; match != end; ++match)
    found += (*match)[1].str() + "\n";
  BOOST_TEST(found == log);
  BOOST_TEST(last > 2 * 1700);  // every line twice; the rows that fill up the last batch do not count
  BOOST_TEST(last < 2 * 1900);
  BOOST_TEST(last % 200 != 0);
}

BOOST_AUTO_TEST_CASE(a_whole_batch_may_be_larger_than_the_data) {
  run_whole("run", {{"batch-size", "1000"}});
  BOOST_TEST(contains(log_of(*this / "run"), "Epoch   2/2 Batch      1/1 "));
}

BOOST_AUTO_TEST_CASE(the_number_of_threads_is_recorded) {
  const auto threads = [&](const std::string& run) {
    return json::parse(events_of(*this / run, "started")).at("threads").to_number<int>();
  };
  run_whole("two", {{"threads", "2"}, {"epochs", "1"}});
  BOOST_TEST(contains(read_all(*this / "two" / "config.ini"), "threads = 2\n"));
  BOOST_TEST(threads("two") == 2);
  run_whole("all", {{"threads", ""}, {"epochs", "1"}});
  BOOST_TEST(contains(read_all(*this / "all" / "config.ini"), "threads = 0\n"));
  BOOST_TEST(threads("all") >= 1);
}

BOOST_AUTO_TEST_CASE(noise_is_fresh_in_every_epoch_unless_it_is_frozen) {
  std::string text;
  for (int i = 0; i < 300; ++i) text += fmt::format("some words of line {} that get mistakes\n", i * 7919);
  write_all(*this / "text.txt", text);
  BOOST_TEST_REQUIRE(run_seq2seq({"prepare", at("text.txt"), "--output", at("text")}).status == 0);
  // Weights that stand still, no dropout: an epoch's loss depends on its sources alone.
  const auto losses = [&](const std::string& noise) {
    run_whole(noise, {{"data", at("text")},
                      {"noise-refresh", noise},
                      {"learning-rate", "0"},
                      {"rnn-size", "64"},
                      {"encoding-embedding-size", "16"},
                      {"keep-probability", "1"},
                      {"log-every", "1000"},
                      {"epochs", "4"},
                      {"batch-size", "64"}});
    std::vector<double> found;
    std::istringstream lines(events_of(*this / noise, "progress"));
    for (std::string line; std::getline(lines, line);)
      found.push_back(json::parse(line).at("loss").to_number<double>());
    BOOST_TEST_REQUIRE(found.size() == 4u);
    return found;
  };
  const std::vector<double> frozen = losses("frozen"), fresh = losses("epoch");
  for (std::size_t i = 1; i < 4; ++i) {
    BOOST_TEST(frozen[i] == frozen[0], boost::test_tools::tolerance(1e-7));  // the order of the lines differs
    BOOST_TEST(std::abs(fresh[i] / fresh[0] - 1) > 3e-7);
    BOOST_TEST(std::abs(fresh[i] / frozen[0] - 1) > 3e-7);
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(stopped_run, Place)

// Networks that are large enough for the signal to come in time.
BOOST_AUTO_TEST_CASE(an_interrupted_run_goes_on_to_the_same_end) {
  struct Case {
    int signal;
    std::string name, option, value;
  };
  for (const auto& [signal, name, option, value] : {Case{SIGTERM, "usual", "precision", "fp32"},
                                                    {SIGINT, "usual", "precision", "fp32"},
                                                    {SIGTERM, "bf16", "precision", "bf16"},
                                                    {SIGTERM, "average", "average-weights", "0.99"},
                                                    {SIGTERM, "attention", "architecture", "attention"}}) {
    const std::map<std::string, std::string> options{{"rnn-size", "150"}, {option, value}};
    const std::string whole = "whole-" + name;
    if (!fs::exists(*this / whole)) BOOST_TEST(run_seq2seq(train(whole, options)).status == 0);
    const std::string run = (signal == SIGTERM ? "terminated-" : "interrupted-") + name;
    Program first(train(run, options));
    BOOST_TEST(first.says("Epoch   1/2 Batch     10/95"));
    const Ended stopped = first.finish_after(signal);
    BOOST_TEST(stopped.status == 75);
    BOOST_TEST(!contains(stopped.out, "Epoch   2/2"));
    std::smatch step;
    BOOST_TEST_REQUIRE(std::regex_search(
        stopped.err, step,
        std::regex("Interrupted after step (\\d+) and saved; the same command goes on\\.\n")));
    BOOST_TEST(fs::exists(*this / run / "checkpoints" / ("step-" + step[1].str()) / "manifest.json"));
    // What the run does not know itself is enough.
    const Ended resumed = run_seq2seq({"train", "--run", at(run)});
    BOOST_TEST(resumed.status == 0, resumed.err);
    BOOST_TEST(resumed.out.starts_with(
        fmt::format("Going on after step {0} (epoch 1, batch {0}).\n", step[1].str())));
    check_same(*this / run, *this / whole);
  }
}

BOOST_AUTO_TEST_CASE(a_killed_run_goes_on_from_its_last_checkpoint_to_the_same_end) {
  const std::map<std::string, std::string> options{{"checkpoint-every", "20"}, {"epochs", "40"}};
  run_whole("whole", options);
  Program first(train("killed", options));
  BOOST_TEST_REQUIRE(first.says("Epoch  30/40 Batch     30/95"));
  // A busy machine may save late. Nobody reads its output meanwhile: it cannot come to its end.
  while (list_checkpoints(*this / "killed" / "checkpoints").empty())
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  BOOST_TEST(first.finish_after(SIGKILL).status == -SIGKILL);
  const Ended resumed = run_seq2seq(train("killed", options));
  BOOST_TEST(resumed.status == 0, resumed.err);
  BOOST_TEST(std::regex_search(resumed.out,
                               std::regex(R"(^Going on after step \d+ \(epoch \d+, batch [02468]0?\))")),
             resumed.out.substr(0, 100));
  check_same(*this / "killed", *this / "whole");
}

BOOST_AUTO_TEST_CASE(a_run_killed_before_its_first_checkpoint_starts_again) {
  run_whole("whole", {{"rnn-size", "150"}});
  Program first(train("killed", {{"rnn-size", "150"}}));
  BOOST_TEST(first.says("Epoch   1/2 Batch     10/95"));
  BOOST_TEST(first.finish_after(SIGKILL).status == -SIGKILL);
  const Ended again = run_seq2seq(train("killed", {{"rnn-size", "150"}}));
  BOOST_TEST(again.status == 0, again.err);
  BOOST_TEST(!contains(again.out, "Going on"));
  check_same(*this / "killed", *this / "whole");
}

BOOST_AUTO_TEST_CASE(a_run_stopped_again_and_again_comes_to_the_same_end) {
  const std::map<std::string, std::string> options{
      {"checkpoint-every", "10"}, {"epochs", "3"}, {"rnn-size", "60"}};
  run_whole("whole", options);
  int stops = 0;
  for (;; ++stops) {
    BOOST_TEST_REQUIRE(stops < 30);
    Program program(train("run", options));
    bool running = true;
    for (int line = 0; running && line < 5 + stops; ++line) running = program.says("Validation loss:");
    const Ended ended = running ? program.finish_after(stops % 2 == 0 ? SIGTERM : SIGKILL) : program.finish();
    if (ended.status == 0) break;
    BOOST_TEST(ended.status == (stops % 2 == 0 ? 75 : -SIGKILL), ended.err);
  }
  BOOST_TEST(stops > 2);
  check_same(*this / "run", *this / "whole");
}

BOOST_AUTO_TEST_CASE(time_and_inputs_add_up_over_resumptions) {
  const std::map<std::string, std::string> options{{"epochs", "1"}, {"rnn-size", "150"}};
  Program first(train("run", options));
  BOOST_TEST(first.says("Batch     10/95"));
  BOOST_TEST(first.finish_after(SIGTERM).status == 75);
  // As if the first part had taken a day.
  rewrite_state(list_checkpoints(*this / "run" / "checkpoints").back(), [](const std::string& state) {
    return std::regex_replace(state, std::regex(R"("seconds_trained":"[^"]*")"),
                              R"("seconds_trained":"86461.5")");
  });
  BOOST_TEST(run_seq2seq(train("run", options)).status == 0);
  BOOST_TEST(std::regex_search(read_all(*this / "run" / "log.txt"),
                               std::regex("\nModel training for 24h:1m:\\d+s and saved.\n")));
  BOOST_TEST(
      contains(events_of(*this / "run", "epoch"), fmt::format("\"lines_seen\":{},", lines_of_training())));
}

BOOST_AUTO_TEST_CASE(more_epochs_go_on_with_a_finished_run) {
  run_whole("whole", {{"epochs", "3"}});
  run_whole("run", {{"epochs", "1"}});
  const Ended more = run_seq2seq({"train", "--run", at("run"), "--epochs", "3"});
  BOOST_TEST(more.status == 0, more.err);
  BOOST_TEST(
      more.out.starts_with("Going on after step 95 (epoch 2, batch 0).\nEpoch   2/3 Batch      1/95 "));
  for (const char* name : {"model.safetensors", "best.safetensors"})
    BOOST_TEST((read_all(*this / "run" / name) == read_all(*this / "whole" / name)), name);
  BOOST_TEST(contains(read_all(*this / "run" / "config.ini"), "epochs = 3\n"));
}

BOOST_AUTO_TEST_CASE(a_finished_run_says_so_and_is_left_alone) {
  run_whole("run");
  const auto before = content_of(*this / "run");
  for (const Words& words :
       {train("run"), Words{"train", "--run", at("run")}, train("run", {{"epochs", "1"}})}) {
    const Ended again = run_seq2seq(words);
    BOOST_TEST(again.status == 0);
    BOOST_TEST(again.out == "This run has finished, after 2 epochs; more --epochs would go on with it.\n");
    BOOST_TEST(again.err == "");
  }
  BOOST_TEST((content_of(*this / "run") == before));
}

BOOST_AUTO_TEST_CASE(a_finished_run_makes_up_for_a_model_that_was_not_written) {
  run_whole("run");
  const fs::path model = *this / "run" / "model.safetensors";
  const std::string whole = read_all(model);
  for (const std::string& left : {std::string(), whole.substr(0, whole.size() / 2)}) {
    fs::remove(model);
    if (!left.empty()) write_all(model, left);
    BOOST_TEST(run_seq2seq(train("run")).status == 0);
    BOOST_TEST((read_all(model) == whole));
  }
}

BOOST_AUTO_TEST_CASE(a_second_trainer_is_refused_while_one_runs) {
  run_whole("whole");
  Program first(train("run"));
  BOOST_TEST(first.says("Epoch   1/2 Batch     10/95"));  // and waits for its reader before the end
  const Ended second = run_seq2seq(train("run"));
  BOOST_TEST(second.status == 1);
  BOOST_TEST(second.out == "");
  BOOST_TEST(
      second.err.starts_with(fmt::format(
          "seq2seq train: '{}' is in use by another trainer (process {} on host ", at("run"), first.id())),
      second.err);
  BOOST_TEST(first.finish().status == 0);
  check_same(*this / "run", *this / "whole");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(diverging_run, Place)

BOOST_AUTO_TEST_CASE(it_stops_and_says_so) {
  const Ended ended = run_seq2seq(train("run", {{"learning-rate", "300"}, {"clip", "0"}}));
  BOOST_TEST(ended.status == 3);
  BOOST_TEST(std::regex_match(ended.err,
                              std::regex("The training diverged at step \\d+\\. Try a lower --learning-rate "
                                         "in a new run, or --on-divergence rollback\\.\n")),
             ended.err);
  BOOST_TEST(!fs::exists(*this / "run" / "model.safetensors"));
}

BOOST_AUTO_TEST_CASE(it_goes_back_with_half_the_learning_rate) {
  run_whole("run", {{"epochs", "1"}});
  Words words = train("run", {{"learning-rate", "20"}, {"clip", "0"}, {"on-divergence", "rollback"}});
  for (const char* changed : {"learning-rate", "clip"})
    words.insert(words.end(), {"--allow-change", changed});
  const Ended ended = run_seq2seq(words);
  BOOST_TEST(ended.status == 0, ended.err);
  BOOST_TEST(contains(ended.err, ": back to step 95, with half the learning rate.\n"));
  const std::string events = events_of(*this / "run", "rolled_back");
  const json::object last = json::parse(events.substr(events.rfind('\n', events.size() - 2) + 1)).as_object();
  BOOST_TEST(last.at("step").to_number<int>() == 95);
  const auto rollbacks = last.at("rollbacks").to_number<int>();
  BOOST_TEST(rollbacks >= 1);
  const std::string progress = events_of(*this / "run", "progress");
  const json::object newest =
      json::parse(progress.substr(progress.rfind('\n', progress.size() - 2) + 1)).as_object();
  BOOST_TEST(newest.at("learning_rate").to_number<double>() == std::ldexp(20.0, -rollbacks),
             boost::test_tools::tolerance(1e-12));
  BOOST_TEST(list_checkpoints(*this / "run" / "checkpoints").back().step == 190u);
  BOOST_TEST(read_all(*this / "run" / "log.txt").find("nan") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace favras::test
