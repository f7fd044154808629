// A supervised run as its user sees it: real processes, real signals, and what is said of them.
#include <csignal>
#include <sstream>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include "tests/apps/seq2seq/program.h"
#include "tests/apps/seq2seq/run_files.h"
#include "tests/apps/seq2seq/terminal.h"

namespace favras::test {

namespace {

namespace json = boost::json;
using Kinds = std::vector<std::string>;

Words supervised(const Words& train, const Words& options = {}) {
  Words words{"supervise"};
  words.insert(words.end(), options.begin(), options.end());
  words.emplace_back("--");
  words.insert(words.end(), train.begin(), train.end());
  return words;
}

struct Place : TrainingPlace {
  Place() {
    rnn_size = "120";
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
  }

  std::vector<json::object> events(const std::string& run) const {
    std::vector<json::object> all;
    std::ifstream file(*this / run / "supervise.jsonl");
    for (std::string line; std::getline(file, line);) all.push_back(json::parse(line).as_object());
    return all;
  }
  Kinds kinds(const std::string& run) const {
    Kinds kinds;
    for (const json::object& event : events(run)) {
      kinds.emplace_back(event.at("event").as_string());
      if (kinds.back() == "ended") kinds.back() = event.at("kind").as_string();
    }
    return kinds;
  }
  std::uint64_t newest_step(const std::string& run) const {
    const auto checkpoints = list_checkpoints(*this / run / "checkpoints");
    return checkpoints.empty() ? 0 : checkpoints.back().step;
  }
  void wait_for(const std::string& run, const std::string& kind) const {
    for (Kinds seen = kinds(run); std::find(seen.begin(), seen.end(), kind) == seen.end(); seen = kinds(run))
      ::usleep(2000);
  }
  pid_t trainer(const std::string& run) const {
    wait_for(run, "started");
    return static_cast<pid_t>(events(run).back().at("process").as_int64());
  }
};

void check_kinds(const Kinds& seen, const Kinds& expected) {
  BOOST_TEST(seen == expected, boost::test_tools::per_element());
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(supervise_program, Place)

BOOST_AUTO_TEST_CASE(a_supervised_run_is_the_same_run) {
  run_whole("alone");
  const Ended ended = run_seq2seq(supervised(train("run")));
  BOOST_TEST(ended.status == 0);
  BOOST_TEST(contains(ended.out, "Epoch   2/2 Batch     95/95"));
  BOOST_TEST(contains(ended.err, "seq2seq supervise: the trainer finished\n"));
  check_same(*this / "run", *this / "alone");
  check_kinds(kinds("run"), {"started", "finished"});
  const json::object end = events("run").back();
  BOOST_TEST(end.at("status") == 0);
  BOOST_TEST(end.at("step") == 190);
  BOOST_TEST(end.at("run") == json::string(at("run")));
  BOOST_TEST(end.at("seconds").as_double() > 0.0);
}

BOOST_AUTO_TEST_CASE(signals_are_passed_on_once) {
  run_whole("whole");
  for (const int signal : {SIGTERM, SIGINT, SIGUSR1, SIGHUP}) {
    const std::string run = fmt::format("run-{}", signal);
    Program first(supervised(train(run)));
    BOOST_TEST_REQUIRE(first.says("Epoch   1/2 Batch     20/95"));
    const Ended stopped = first.finish_after(signal);
    BOOST_TEST(stopped.status == 75);
    BOOST_TEST(contains(stopped.err, "the trainer was interrupted and has saved"), stopped.err);
    check_kinds(kinds(run), {"started", "interrupted"});
  }
  const std::string run = fmt::format("run-{}", SIGTERM);
  BOOST_TEST(run_seq2seq(supervised(train(run))).status == 0);
  check_same(*this / run, *this / "whole");
  check_kinds(kinds(run), {"started", "interrupted", "started", "finished"});
}

// As service managers and batch systems do, and not once but as long as the trainer has not been told twice.
BOOST_AUTO_TEST_CASE(a_signal_to_both_is_one_signal) {
  for (const int signal : {SIGTERM, SIGINT, SIGUSR1}) {
    const std::string run = fmt::format("run-{}", signal);
    Program program(supervised(train(run)));
    BOOST_TEST_REQUIRE(program.says("Epoch   1/2 Batch     20/95"));
    ::kill(trainer(run), signal);
    BOOST_TEST(program.finish_after(signal).status == 75);
    check_kinds(kinds(run), {"started", "interrupted"});
  }
}

BOOST_AUTO_TEST_CASE(the_second_signal_ends_a_trainer_that_does_not_stop) {
  Program program(supervised(train("run", {{"epochs", "1000"}})));
  BOOST_TEST_REQUIRE(program.says("Epoch   1/1000 Batch     20/95"));
  // Nobody reads its output: it cannot come to its end.
  do ::kill(program.id(), SIGTERM);
  while (kinds("run").size() < 2);
  BOOST_TEST(program.finish().status == 128 + SIGTERM);
  check_kinds(kinds("run"), {"started", "killed"});
  BOOST_TEST(events("run").back().at("signal") == "SIGTERM");
}

BOOST_AUTO_TEST_CASE(ctrl_c_at_a_terminal_interrupts_once) {
  Terminal terminal(supervised(train("run", {{"epochs", "1000"}})));
  BOOST_TEST_REQUIRE(terminal.shows("Batch     20/95"));
  terminal.type("\x03");
  BOOST_TEST(terminal.finish() == 75);
  BOOST_TEST(contains(terminal.screen(), "] 1/1000  "), "no progress is shown");
  check_kinds(kinds("run"), {"started", "interrupted"});
}

BOOST_AUTO_TEST_CASE(a_killed_trainer_is_told_apart_from_a_crashed_one) {
  for (const auto& [signal, kind, text] :
       {std::tuple(SIGKILL, "killed", "the trainer was killed by SIGKILL ("),
        std::tuple(SIGSEGV, "crashed", "the trainer crashed with SIGSEGV\n")}) {
    const std::string run = fmt::format("run-{}", signal);
    Program program(supervised(train(run)));
    BOOST_TEST_REQUIRE(program.says("Epoch   1/2 Batch     20/95"));
    ::kill(trainer(run), signal);
    const Ended ended = program.finish();
    BOOST_TEST(ended.status == 128 + signal);
    BOOST_TEST(contains(ended.err, text), ended.err);
    check_kinds(kinds(run), {"started", kind});
  }
}

BOOST_AUTO_TEST_CASE(a_killed_trainer_is_started_again_and_comes_to_the_same_end) {
  const std::map<std::string, std::string> every_20{{"checkpoint-every", "20"}};
  run_whole("whole", every_20);
  Program program(supervised(train("run", every_20), {"--restart", "1"}));
  for (const char* place : {"Epoch   1/2 Batch     50/95", "Epoch   2/2 Batch     50/95"}) {
    // Twice, though one try is allowed: there is a newer checkpoint in between.
    const std::uint64_t before = newest_step("run");
    BOOST_TEST_REQUIRE(program.says(place));
    while (newest_step("run") <= before) ::usleep(2000);  // saved by a thread of its own
    ::kill(trainer("run"), SIGKILL);
    BOOST_TEST_REQUIRE(program.says("Going on after step"));
  }
  BOOST_TEST(program.finish().status == 0);
  check_same(*this / "run", *this / "whole");
  check_kinds(kinds("run"),
              {"started", "killed", "restarting", "started", "killed", "restarting", "started", "finished"});
}

BOOST_AUTO_TEST_CASE(a_trainer_that_fails_before_it_begins_is_not_started_again) {
  std::filesystem::create_directory(*this / "run");
  const Words words = supervised(train("run", {{"data", at("nowhere")}}), {"--restart", "1"});
  const Ended ended = run_seq2seq(words);
  BOOST_TEST(ended.status == 1);
  check_kinds(kinds("run"), {"started", "failed", "gave_up"});
  const std::string why = fmt::format(
      "the trainer failed: seq2seq train: {}: no such data directory; make one with prepare", at("nowhere"));
  BOOST_TEST(events("run")[1].at("text") == json::string(why));
  BOOST_TEST(contains(ended.err, "seq2seq supervise: " + why + "\n"));
  BOOST_TEST(
      contains(ended.err, "the trainer is not started again: it failed before it began, and would again\n"));
}

// What it could begin with once is away for a while only, perhaps.
BOOST_AUTO_TEST_CASE(a_trainer_that_began_and_always_fails_since_is_given_up) {
  Program program(supervised(train("run"), {"--restart", "2"}));
  BOOST_TEST_REQUIRE(program.says("Epoch   1/2 Batch     20/95"));
  std::filesystem::rename(*this / "data", *this / "away");
  ::kill(trainer("run"), SIGKILL);
  const Ended ended = program.finish();
  BOOST_TEST(ended.status == 1);
  check_kinds(kinds("run"), {"started", "killed", "restarting", "started", "failed", "restarting", "started",
                             "failed", "gave_up"});
  BOOST_TEST(contains(ended.err, "the trainer is not started again: 2 tries without a newer checkpoint\n"));
}

BOOST_AUTO_TEST_CASE(wrong_usage_is_not_tried_again) {
  const Ended ended = run_seq2seq(supervised(train("run", {{"epoch", "1"}}), {"--restart", "3"}));
  BOOST_TEST(ended.status == 2);
  BOOST_TEST(contains(ended.err, "the trainer was used wrongly: seq2seq train: unknown option --epoch"));
  BOOST_TEST(!contains(ended.err, "starting the trainer again"));
  BOOST_TEST(!exists(*this / "run"));
}

BOOST_AUTO_TEST_CASE(told_to_stop_it_does_not_start_the_trainer_again) {
  Program program(supervised(train("run"), {"--restart", "9"}));
  BOOST_TEST_REQUIRE(program.says("Epoch   1/2 Batch     20/95"));
  std::filesystem::rename(*this / "data", *this / "away");
  ::kill(trainer("run"), SIGKILL);
  while (kinds("run").size() < 6) ::usleep(2000);  // the second pause, of two seconds
  BOOST_TEST(program.finish_after(SIGTERM).status == 1);
  check_kinds(kinds("run"),
              {"started", "killed", "restarting", "started", "failed", "restarting", "stopped"});
}

BOOST_AUTO_TEST_CASE(a_trainer_that_hangs_is_noticed_and_so_is_that_it_goes_on) {
  Program program(supervised(train("run"), {"--stall-limit", "1s"}));
  BOOST_TEST_REQUIRE(program.says("Epoch   1/2 Batch     20/95"));
  ::kill(trainer("run"), SIGSTOP);
  wait_for("run", "stalled");
  ::kill(events("run")[0].at("process").as_int64(), SIGCONT);
  const Ended ended = program.finish();
  BOOST_TEST(ended.status == 0);
  check_kinds(kinds("run"), {"started", "stalled", "going_on", "finished"});
  BOOST_TEST(events("run")[1].at("seconds").as_double() >= 1.0);
}

BOOST_AUTO_TEST_CASE(a_trainer_whose_supervisor_is_killed_saves_and_ends) {
  run_whole("whole");
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);  // it becomes our child then
  Program program(supervised(train("run")));
  BOOST_TEST_REQUIRE(program.says("Epoch   1/2 Batch     20/95"));
  const pid_t child = trainer("run");
  ::kill(program.id(), SIGKILL);
  BOOST_TEST(program.finish().status == -SIGKILL);  // reads what the trainer still has to say
  int status = 0;
  BOOST_TEST_REQUIRE(::waitpid(child, &status, 0) == child);
  ::prctl(PR_SET_CHILD_SUBREAPER, 0);
  BOOST_TEST(WIFEXITED(status));
  BOOST_TEST(WEXITSTATUS(status) == 75);
  BOOST_TEST(list_checkpoints(*this / "run" / "checkpoints").size() == 1);
  const Ended resumed = run_seq2seq(supervised(train("run")));
  BOOST_TEST(contains(resumed.out, "Going on after step"));
  check_same(*this / "run", *this / "whole");
}

BOOST_AUTO_TEST_CASE(events_are_told_to_a_command_whatever_becomes_of_it) {
  const Words told = supervised(train("run", {{"epochs", "1"}}),
                                {"--on-event", fmt::format("cat >> {}; exit 7", at("told.jsonl"))});
  const Ended ended = run_seq2seq(told);
  BOOST_TEST(ended.status == 0);
  BOOST_TEST(read_all(*this / "told.jsonl") == read_all(*this / "run" / "supervise.jsonl"));
  BOOST_TEST(contains(ended.err,
                      "--on-event: it failed with status 7; if it fails again, the end tells how often\n"));
  BOOST_TEST(contains(ended.err, "--on-event: it failed 2 times in all\n"));
  for (const char* command : {"exec nowhere", "kill -9 $$", "exec <&- >&- 2>&-"})
    BOOST_TEST(run_seq2seq(supervised(train("again", {{"epochs", "1"}}), {"--on-event", command})).status ==
               0);
}

BOOST_AUTO_TEST_CASE(usage) {
  const auto refused = [](const Words& words, const std::string& message) {
    const Ended ended = run_seq2seq(words);
    BOOST_TEST(ended.status == 2);
    BOOST_TEST(ended.err == "seq2seq supervise: " + message + "\nseq2seq supervise --help says more.\n");
  };
  refused({"supervise"}, "supervises train only: seq2seq supervise [OPTION...] -- train ...");
  refused({"supervise", "--", "evaluate", "--run", "run"},
          "supervises train only, not 'evaluate': seq2seq supervise [OPTION...] -- train ...");
  refused({"supervise", "--restart", "3", "train", "--run", "run"},
          "-- is missing before train: seq2seq supervise [OPTION...] -- train ...");
  for (const char* text : {"x", "-1s", "5", "5d", "1.5h", "9999999h"})
    refused(supervised(train("run"), {fmt::format("--stall-limit={}", text)}),
            fmt::format("--stall-limit '{}': expected a time such as 90s, 30m or 2h, or 0", text));
  const Ended help = run_seq2seq({"supervise", "--", "train", "--help"});
  BOOST_TEST(help.status == 0);
  BOOST_TEST(help.out == run_seq2seq({"train", "--help"}).out);
  const Ended dump = run_seq2seq({"supervise", "--", "train", "--dump-config", "--epochs", "7"});
  BOOST_TEST(dump.status == 0);
  BOOST_TEST(contains(dump.out, "rnn-size = 512\n"));
  BOOST_TEST(dump.out == run_seq2seq({"train", "--dump-config", "--epochs", "7"}).out);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace favras::test
