// The commands on the emulated device beside the CPU: a trained model's text is the same.
#include <cmath>
#include <cstdlib>

#include "tests/emulated/program_on_devices.h"

namespace favras::test {

namespace {

namespace json = boost::json;

struct Place : TrainingPlace {
  Place() { run_whole("run", on("cpu")); }

  std::string output_of(const Words& words, const std::string& device, const std::string& input = "") const {
    Words all = words;
    all.insert(all.end(), {"--run", at("run"), "--device", device, "--threads", "1"});
    const Ended ended = run_seq2seq(all, input);
    BOOST_TEST_REQUIRE(ended.status == 0, ended.err);
    return ended.out;
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(commands_on_the_emulated_device)

BOOST_FIXTURE_TEST_CASE(evaluate_says_the_same, Place) {
  for (const char* weights : {"best", "newest"}) {
    const Words words{"evaluate", "--json", "--examples", "20", "--weights", weights};
    json::object cpu = json::parse(output_of(words, "cpu")).as_object(),
                 cuda = json::parse(output_of(words, "cuda")).as_object();
    BOOST_TEST(cpu.at("sentence_accuracy").to_number<double>() > 0.2);  // it has learned something
    BOOST_TEST(cpu.at("examples").as_array().size() == 20u);
    BOOST_TEST(cuda.at("loss").to_number<double>() == cpu.at("loss").to_number<double>(),
               boost::test_tools::tolerance(1e-5));
    for (json::object* of : {&cpu, &cuda})
      for (const char* field : {"loss", "lines_per_second"}) of->erase(field);
    BOOST_TEST(json::serialize(cuda) == json::serialize(cpu));
  }
  BOOST_TEST(contains(output_of({"evaluate"}, "cuda"), " lines/s on cuda:0\n"));
}

BOOST_FIXTURE_TEST_CASE(correct_says_the_same, Place) {
  std::string lines = "\n\xff\nno letter of the data\na\n" + std::string(60, 'c') + "\n";
  for (int i = 0; i < 300; ++i) {  // more than a batch, more than are read at once
    for (int n = i * 7 + 1; n > 0; n /= 6) lines += static_cast<char>('a' + n % 6);
    lines += '\n';
  }
  const std::string cpu = output_of({"correct"}, "cpu", lines);
  BOOST_TEST(std::count(cpu.begin(), cpu.end(), '\n') == 305);
  BOOST_TEST(output_of({"correct"}, "cuda", lines) == cpu);
  BOOST_TEST(output_of({"correct", "--weights", "newest"}, "cuda:0", lines) ==
             output_of({"correct", "--weights", "newest"}, "cpu", lines));
  const Words beam{"correct", "--beam", "3", "--keep-unless", "0.1"};
  lines.resize(500);
  BOOST_TEST(output_of(beam, "cuda", lines) == output_of(beam, "cpu", lines));
}

BOOST_AUTO_TEST_CASE(devices_lists_the_device) {
  const Ended text = run_seq2seq({"devices"});
  BOOST_TEST(text.status == 0);
  BOOST_TEST(contains(text.out,
                      "\ncuda:0             H100 (emulated), compute capability 9.0, 132 multiprocessors, "
                      "79.2 GiB\n"),
             text.out);
  BOOST_TEST(contains(text.out, "\n--device auto is:  cuda:0\n"), text.out);

  const Ended ended = run_seq2seq({"devices", "--json"});
  BOOST_TEST(ended.status == 0);
  const json::value machine = json::parse(ended.out);
  BOOST_TEST(machine.at("cuda_built_in").as_bool());
  BOOST_TEST(machine.at("auto_device").as_string() == "cuda:0");
  BOOST_TEST_REQUIRE(machine.at("cuda_devices").as_array().size() == 1u);
  const json::value& device = machine.at("cuda_devices").as_array().front();
  BOOST_TEST(device.at("name").as_string() == "H100 (emulated)");
  BOOST_TEST(device.at("compute_capability").as_string() == "9.0");
  BOOST_TEST(device.at("multiprocessors").to_number<int>() == 132);
  BOOST_TEST(device.at("memory_bytes").to_number<std::int64_t>() > 70'000'000'000);
}

// A run goes on without the GPU that was paid for, but not without a word.
BOOST_FIXTURE_TEST_CASE(a_driver_at_fault_is_named, Place) {
  ::setenv("SIMT_DRIVER_ERROR", "802", 1);
  const std::string problem = "cudaErrorSystemNotReady, system not yet initialized (the driver is of CUDA ",
                    told = "--device auto is the CPU, for no CUDA device can be used: " + problem;
  const Ended devices = run_seq2seq({"devices"});
  const Ended trained = run_seq2seq(train("run", on("auto")));
  const Ended corrected = run_seq2seq({"correct", "--run", at("run")}, "abc\n");
  const Ended on_cpu = run_seq2seq({"correct", "--run", at("run"), "--device", "cpu"}, "abc\n");
  const Ended refused = run_seq2seq({"correct", "--run", at("run"), "--device", "cuda"});
  ::unsetenv("SIMT_DRIVER_ERROR");
  BOOST_TEST(contains(devices.out, "\nCUDA:              no device: " + problem), devices.out);
  for (const Ended& ended : {trained, corrected}) {
    BOOST_TEST(ended.status == 0, ended.err);
    BOOST_TEST(contains(ended.err, told), ended.err);
  }
  BOOST_TEST(refused.status == 2);
  BOOST_TEST(contains(refused.err, "--device: no CUDA device can be used: " + problem), refused.err);
  BOOST_TEST(on_cpu.out == corrected.out);
  BOOST_TEST(on_cpu.err == "");
}

BOOST_FIXTURE_TEST_CASE(other_devices_are_refused, TrainingPlace) {
  const std::map<std::string, std::string> refusals{
      {"cuda:1", "--device: no device cuda:1: this machine has cuda:0 to cuda:0"},
      {"cuda:", "--device: unknown device 'cuda:': use cuda or cuda:N"},
      {"cuda:-1", "--device: unknown device 'cuda:-1': use cuda or cuda:N"},
      {"cuda:0x", "--device: unknown device 'cuda:0x': use cuda or cuda:N"},
      {"cuda0", "--device: unknown device 'cuda0': use cuda or cuda:N"},
      {"nonsense", "--device: unknown device 'nonsense': use auto, cpu or cuda"}};
  for (const auto& [device, message] : refusals) {
    check_refused(*this / "", train("run", on(device)), 2, message);
    check_refused(*this / "", {"evaluate", "--run", at("run"), "--device", device}, 2, message);
    check_refused(*this / "", {"correct", "--run", at("run"), "--device", device}, 2, message);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace favras::test
