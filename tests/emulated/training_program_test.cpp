// Whole training runs on the emulated device: what they learn is what the CPU learns.
#include "tests/emulated/program_on_devices.h"

namespace favras::test {

namespace {

namespace fs = std::filesystem;

// Every loss of the log within a share of the other run's.
void check_losses(const fs::path& run, const fs::path& expected, const char* field, double tolerance) {
  const std::vector<double> losses = numbers_of(run, "progress", field),
                            wanted = numbers_of(expected, "progress", field);
  BOOST_TEST_REQUIRE(losses.size() == wanted.size());
  BOOST_TEST_REQUIRE(losses.size() == static_cast<std::size_t>(kEpochs * kBatches / 5));
  for (std::size_t i = 0; i < losses.size(); ++i) BOOST_TEST_CONTEXT(field << ' ' << i) {
      BOOST_TEST(losses[i] == wanted[i], boost::test_tools::tolerance(tolerance));
    }
}

void check_learned(const fs::path& run) {
  for (const char* field : {"loss", "validation_loss"}) {
    const std::vector<double> losses = numbers_of(run, "progress", field);
    BOOST_TEST(losses.back() < losses.front() / 4, field);
  }
}

std::string device_and_precision(const fs::path& run) {
  const boost::json::value started = boost::json::parse(events_of(run, "started"));
  return std::string(started.at("device").as_string()) + " " +
         std::string(started.at("precision").as_string());
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(training_on_the_emulated_device, TrainingPlace)

BOOST_AUTO_TEST_CASE(losses_are_those_of_the_cpu) {
  run_whole("cpu", on("cpu"));
  check_learned(*this / "cpu");

  run_whole("fp32", on("cuda"));
  BOOST_TEST(device_and_precision(*this / "fp32") == "cuda:0 fp32");
  check_losses(*this / "fp32", *this / "cpu", "loss", 1e-4);  // rounding, over 120 steps
  check_losses(*this / "fp32", *this / "cpu", "validation_loss", 1e-4);
  check_learned(*this / "fp32");

  // Operands of 8 bits of fraction.
  run_whole("bf16", on("cuda", {{"precision", "bf16"}}));
  BOOST_TEST(device_and_precision(*this / "bf16") == "cuda:0 bf16");
  check_losses(*this / "bf16", *this / "cpu", "loss", 0.04);
  check_losses(*this / "bf16", *this / "cpu", "validation_loss", 0.12);
  check_learned(*this / "bf16");
  BOOST_TEST(
      (read_all(*this / "bf16" / "model.safetensors") != read_all(*this / "fp32" / "model.safetensors")));
}

BOOST_AUTO_TEST_CASE(a_batch_in_parts_takes_the_same_steps) {
  run_whole("cpu", on("cpu", {{"keep-probability", "1"}}));
  run_whole("parts", on("cuda", {{"keep-probability", "1"}, {"accumulate", "3"}}));
  check_losses(*this / "parts", *this / "cpu", "loss", 1e-3);
  check_losses(*this / "parts", *this / "cpu", "validation_loss", 1e-3);
}

BOOST_AUTO_TEST_CASE(losses_with_cudnns_lstm_are_those_of_the_cpu) {
  const boost::json::value machine = boost::json::parse(run_seq2seq({"devices", "--json"}).out);
  if (!machine.at("cudnn_built_in").as_bool()) return;
  run_whole("cpu", on("cpu"));
  run_whole("cudnn", on("cuda", {{"lstm", "cudnn"}}));
  check_losses(*this / "cudnn", *this / "cpu", "loss", 1e-4);
  check_losses(*this / "cudnn", *this / "cpu", "validation_loss", 1e-4);
}

BOOST_AUTO_TEST_CASE(a_gpu_is_used_where_there_is_one) {
  run_whole("auto", on("", {{"epochs", "1"}, {"precision", "tf32"}}));
  BOOST_TEST(device_and_precision(*this / "auto") == "cuda:0 tf32");
}

BOOST_AUTO_TEST_CASE(the_same_command_twice_gives_the_same_files) {
  for (const char* precision : {"fp32", "bf16"}) {
    const Changes options = on("cuda", {{"precision", precision}, {"epochs", "2"}});
    run_whole(std::string(precision) + "-1", options);
    run_whole(std::string(precision) + "-2", options);
    check_same(*this / (std::string(precision) + "-1"), *this / (std::string(precision) + "-2"));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace favras::test
