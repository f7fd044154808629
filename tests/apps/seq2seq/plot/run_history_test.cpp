// What a run has logged is read as far as it is whole, whatever else stands there.
#include "apps/seq2seq/plot/run_history.h"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <stdexcept>
#include <string>

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

#include "tests/apps/seq2seq/plot/run_place.h"

BOOST_TEST_DONT_PRINT_LOG_VALUE(favras::seq2seq::RunHistory::State)

namespace favras::seq2seq {

using namespace test;
using State = RunHistory::State;

BOOST_FIXTURE_TEST_CASE(a_whole_run, RunPlace) {
  const RunHistory run = read_run(write_run(
      "run", started() + progress(1, 3.5) + progress(2, 2.5) + epoch(1, 2, 0.5, true) +
                 R"({"event":"saved","step":2,"bytes":1000,"stall_seconds":0.25,"save_seconds":2})"
                 "\n" +
                 R"({"event":"saved","step":3,"bytes":2000,"stall_seconds":0.5,"save_seconds":3})"
                 "\n" +
                 R"({"event":"save_failed","step":3,"reason":"no room"})"
                 "\n" +
                 R"({"event":"finished","step":4,"early":false,"seconds":9,"time":"2026-11-28T05:02:00Z"})"
                 "\n"));
  BOOST_TEST(run.name() == "run");
  BOOST_TEST(run.settings.at("batch-size") == "128");
  BOOST_TEST_REQUIRE(run.progress.size() == 2u);
  BOOST_TEST(run.progress[1].step == 2);
  BOOST_TEST(run.progress[1].lines_seen == 200);
  BOOST_TEST(*run.progress[1].validation_loss == 2.5);
  BOOST_TEST(*run.progress[1].loss == 1);
  BOOST_TEST(*run.progress[1].learning_rate == 1e-3);
  BOOST_TEST(*run.progress[1].lines_per_second == 500);
  BOOST_TEST_REQUIRE(run.epochs.size() == 1u);
  BOOST_TEST(run.epochs[0].best);
  BOOST_TEST(*run.epochs[0].accuracy == 0.5);
  BOOST_TEST(*run.epochs[0].do_nothing_accuracy == 0.25);
  BOOST_TEST(run.state == State::kFinished);
  BOOST_TEST(run.seconds == 9);
  BOOST_TEST(run.started == "2026-11-28T05:00:00Z");
  BOOST_TEST(run.last_event == "2026-11-28T05:02:00Z");
  BOOST_TEST(run.saves == 2u);
  BOOST_TEST(run.failed_saves == 1u);
  BOOST_TEST(run.stall_seconds == 0.75);
  BOOST_TEST(run.longest_stall_seconds == 0.5);
  BOOST_TEST(run.save_seconds == 5);
  BOOST_TEST(run.checkpoint_bytes == 2000);
  BOOST_TEST(run.damaged_lines == 0u);
}

BOOST_FIXTURE_TEST_CASE(states, RunPlace) {
  const auto state = [&](const std::string& events) { return read_run(write_run("run", events)).state; };
  BOOST_TEST(state("") == State::kUnknown);
  BOOST_TEST(state(started()) == State::kUnderWay);
  BOOST_TEST(state(started() + "{\"event\":\"diverged\"}\n") == State::kDiverged);
  BOOST_TEST(state(started() + "{\"event\":\"diverged\"}\n{\"event\":\"rolled_back\"}\n") ==
             State::kUnderWay);
  BOOST_TEST(state("{\"event\":\"finished\",\"early\":true}\n") == State::kStoppedEarly);
  BOOST_TEST(state("{\"event\":\"finished\"}\n" + started("resumed")) == State::kUnderWay);
  const RunHistory run =
      read_run(write_run("run", started("resumed") + "{\"event\":\"interrupted\",\"reason\":\"SIGTERM\"}\n"));
  BOOST_TEST(run.state == State::kInterrupted);
  BOOST_TEST(run.reason == "SIGTERM");
  BOOST_TEST(run.resumed == 1u);
}

BOOST_FIXTURE_TEST_CASE(damage_is_left_out_and_counted, RunPlace) {
  const RunHistory run = read_run(write_run(
      "run", started() + "{\"event\":\"progress\",\"lines_seen\":\n" + progress(1, 3) + "\n[1]\n\x80\xFF\n" +
                 "{\"event\":\"unheard of\",\"lines_seen\":7}\n{\"event\":5}\n{}\n" +
                 "{\"event\":\"progress\",\"lines_seen\":\"many\",\"loss\":2}\n" +
                 "{\"event\":\"progress\",\"lines_seen\":300,\"loss\":1e999,\"validation_loss\":null}\n" +
                 progress(4, 2) + "{\"event\":\"progress\",\"lines_se"));
  BOOST_TEST(run.damaged_lines >= 4u);
  BOOST_TEST(run.damaged_lines <= 5u);  // 1e999 may be read as infinite
  BOOST_TEST(run.progress.front().lines_seen == 100);
  BOOST_TEST(run.progress.back().lines_seen == 400);
  for (const auto& row : run.progress)
    if (row.lines_seen == 300) BOOST_TEST((!row.loss && !row.validation_loss));
}

// Cut anywhere, as by a full disk or a kill: what is before the cut is read, and nothing is reported.
BOOST_FIXTURE_TEST_CASE(a_torn_last_line_is_no_damage, RunPlace) {
  const std::string whole = started() + progress(1, 3) + progress(2, 2) + epoch(1, 2, 0.5, true);
  for (std::size_t size = 0; size <= whole.size(); size += 3) {
    const RunHistory run = read_run(write_run("run", whole.substr(0, size)));
    BOOST_TEST_REQUIRE(run.damaged_lines == 0u);
    const auto whole_lines =
        std::count(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size), '\n');
    BOOST_TEST_REQUIRE(run.progress.size() >= (whole_lines >= 3 ? 2u : whole_lines == 2 ? 1u : 0u));
  }
}

BOOST_FIXTURE_TEST_CASE(what_was_rolled_back_is_left_out, RunPlace) {
  const RunHistory run =
      read_run(write_run("run", started() + progress(1, 3) + epoch(1, 1, 0.1, true) + progress(2, 2) +
                                    progress(3, 9) + epoch(2, 3, 0.2, true) +
                                    "{\"event\":\"diverged\"}\n{\"event\":\"rolled_back\",\"step\":1}\n" +
                                    progress(2, 2.2) + epoch(2, 3, 0.3, false)));
  BOOST_TEST_REQUIRE(run.progress.size() == 2u);
  BOOST_TEST(*run.progress[1].validation_loss == 2.2);
  BOOST_TEST_REQUIRE(run.epochs.size() == 2u);
  BOOST_TEST(*run.epochs[1].accuracy == 0.3);
  BOOST_TEST(run.rolled_back == 1u);
}

BOOST_FIXTURE_TEST_CASE(examples_are_the_newest, RunPlace) {
  const auto event = [](int lines, const std::string& examples) {
    return fmt::format("{{\"event\":\"epoch\",\"lines_seen\":{},\"examples\":{}}}\n", lines, examples);
  };
  const RunHistory run =
      read_run(write_run("run", event(1, R"([{"noisy":"x","output":"y","clean":"z"}])") +
                                    event(2, R"([{"noisy":"a","output":"b","clean":"c"},7,{"noisy":"d"}])") +
                                    event(3, "[]") + event(4, "null")));
  BOOST_TEST((run.examples == std::vector<RunHistory::Example>{{"a", "b", "c"}, {"d", "", ""}}));
}

BOOST_FIXTURE_TEST_CASE(curves_do_not_need_the_settings, RunPlace) {
  const std::string path = write_run("run", progress(1, 3), "no settings\n");
  BOOST_TEST(read_run(path).settings.empty());
  std::filesystem::remove(*this / "run" / "config.ini");
  BOOST_TEST(read_run(path).progress.size() == 1u);
}

BOOST_FIXTURE_TEST_CASE(what_is_no_run_is_refused, RunPlace) {
  const auto refused = [&](const std::string& name, const std::string& part) {
    BOOST_CHECK_EXCEPTION(read_run(*this / name), std::runtime_error, [&](const std::runtime_error& error) {
      return std::string(error.what()).find(name + part) != std::string::npos;
    });
  };
  refused("nowhere", ": no such run directory");
  std::filesystem::create_directory(*this / "empty");
  refused("empty", " holds no events.jsonl");
  std::filesystem::create_directories(*this / "odd" / "events.jsonl");
  refused("odd", "/events.jsonl");
}

BOOST_AUTO_TEST_CASE(names) {
  const auto name = [](const std::string& path) {
    RunHistory run;
    run.path = path;
    return run.name();
  };
  BOOST_TEST(name("runs/a") == "a");
  BOOST_TEST(name("runs/a/") == "a");
  BOOST_TEST(name("runs/a/.") == "a");
  BOOST_TEST(name(".") == ".");
  BOOST_TEST(name("..") == "..");
}

}  // namespace favras::seq2seq
