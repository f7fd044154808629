// Runs that are stopped and go on, on the emulated device, on the CPU, or now here, now there.
#include <utility>

#include "tests/emulated/program_on_devices.h"

namespace favras::test {

namespace {

// Said often enough that the program cannot get far ahead of its reader.
Changes told_often(const std::string& device, const Changes& more = {}) {
  Changes options = on(device, {{"batch-size", "16"}, {"epochs", "6"}, {"log-every", "1"}});
  for (const auto& [name, value] : more) options[name] = value;
  return options;
}

struct Place : TrainingPlace {
  // Starts or goes on with the run, and stops it after that line.
  void stop_after(const std::string& line, const Words& words, int signal = SIGTERM) const {
    Program program(words);
    BOOST_TEST_REQUIRE(program.says(line));
    const Ended ended = program.finish_after(signal);
    BOOST_TEST_REQUIRE(ended.status == (signal == SIGTERM ? 75 : -signal), ended.err);
  }
  void finish(const Words& words, const std::string& expected_err = "") const {
    const Ended ended = run_seq2seq(words);
    BOOST_TEST_REQUIRE(ended.status == 0, ended.err);
    BOOST_TEST(ended.out.starts_with("Going on after step "), ended.out);
    BOOST_TEST(ended.err == expected_err);
  }
  std::string devices_of(const std::string& run) const {  // where its parts ran
    std::string devices;
    for (const char* event : {"started", "resumed"})
      for (std::istringstream lines(events_of(*this / run, event)); lines.peek() != EOF;) {
        std::string line;
        std::getline(lines, line);
        devices += std::string(boost::json::parse(line).at("device").as_string()) + " ";
      }
    return devices;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(resumed_run, Place)

BOOST_AUTO_TEST_CASE(on_the_device_it_comes_to_the_same_end) {
  for (const char* precision : {"fp32", "bf16"}) {
    const Changes options =
        told_often("cuda", {{"precision", precision}, {"checkpoint-every", "2"}, {"epochs", "4"}});
    const std::string whole = std::string("whole-") + precision;
    run_whole(whole, options);
    for (const int signal : {SIGTERM, SIGKILL}) {
      const std::string run = (signal == SIGTERM ? "terminated-" : "killed-") + std::string(precision);
      stop_after("Epoch   1/4 Batch     12/", train(run, options), signal);
      stop_after("Batch     ", {"train", "--run", at(run)}, signal);
      finish({"train", "--run", at(run)});
      check_same(*this / run, *this / whole);
    }
  }
}

BOOST_AUTO_TEST_CASE(from_the_cpu_to_the_device_and_back) {
  run_whole("whole", told_often("cpu"));
  stop_after("Epoch   1/6 Batch      5/", train("run", told_often("cpu")));
  stop_after("Batch     ", {"train", "--run", at("run"), "--device", "cuda"});
  finish({"train", "--run", at("run"), "--device", "cpu"});
  BOOST_TEST(devices_of("run") == "cpu cuda:0 cpu ");
  BOOST_TEST(last_validation_loss(*this / "run") == last_validation_loss(*this / "whole"),
             boost::test_tools::tolerance(1e-4));
  BOOST_TEST(
      numbers_of(*this / "run", "epoch", "lines_seen") == numbers_of(*this / "whole", "epoch", "lines_seen"),
      boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(from_bf16_on_the_device_to_fp32_on_the_cpu) {
  run_whole("whole", told_often("cpu"));
  const Words start = train("run", told_often("cuda", {{"precision", "bf16"}}));
  stop_after("Epoch   2/6 Batch      3/", start);
  const auto before = content_of(*this / "run");
  const Words move{"train", "--run", at("run"), "--device", "cpu", "--precision", "fp32"};
  const Ended refused = run_seq2seq(move);
  BOOST_TEST(refused.status == 1);
  BOOST_TEST(refused.err ==
             "seq2seq train: this run was started with --precision bf16, not fp32: use another --run, or "
             "--allow-change precision\n");
  BOOST_TEST((content_of(*this / "run") == before));
  Words allowed = move;
  allowed.insert(allowed.end(), {"--allow-change", "precision"});
  finish(allowed);
  BOOST_TEST(devices_of("run") == "cuda:0 cpu ");
  BOOST_TEST(last_validation_loss(*this / "run") == last_validation_loss(*this / "whole"),
             boost::test_tools::tolerance(0.1));
  BOOST_TEST(last_validation_loss(*this / "run") < numbers_of(*this / "run", "progress", "loss").front() / 2);
}

BOOST_AUTO_TEST_CASE(a_precision_that_the_device_lacks_is_said_to_be_replaced) {
  stop_after("Epoch   1/6 Batch      9/", train("run", told_often("cuda", {{"precision", "tf32"}})));
  finish({"train", "--run", at("run"), "--device", "cpu"},
         "--precision tf32: cpu computes products in fp32\n");
  const boost::json::value resumed = boost::json::parse(events_of(*this / "run", "resumed"));
  BOOST_TEST(resumed.at("precision").as_string() == "fp32");
}

BOOST_AUTO_TEST_CASE(too_little_memory_loses_nothing) {
  const Changes options = told_often("cuda", {{"epochs", "3"}});
  run_whole("whole", options);
  stop_after("Epoch   1/3 Batch      9/", train("run", options));
  const std::string model = read_all(*this / "run" / "model.safetensors");
  // Not enough for the parameters, and not enough for a step.
  for (const auto& [limit, message] :
       {std::pair("50K", "0.0 MiB in use, limit 0.0 MiB"), {"300K", "0.2 MiB in use, limit 0.3 MiB"}}) {
    const Ended ended = run_seq2seq({"train", "--run", at("run"), "--memory-limit", limit});
    BOOST_TEST(ended.status == 1);
    BOOST_TEST(ended.err.starts_with("seq2seq train: out of memory on cuda:0: "), ended.err);
    BOOST_TEST(ended.err.ends_with(std::string(message) +
                                   "; raise --accumulate, lower --rnn-size, or raise --memory-limit\n"),
               ended.err);
    BOOST_TEST((read_all(*this / "run" / "model.safetensors") == model));
  }
  finish({"train", "--run", at("run"), "--memory-limit", "64M"});
  check_same(*this / "run", *this / "whole");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace favras::test
