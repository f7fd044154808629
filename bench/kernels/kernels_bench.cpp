// Every kernel, on the CPU and on a CUDA device if there is one: time, bytes and operations, beside what the
// same device reached in a plain copy and in a large product. Built on Google Benchmark, whose options it
// takes.
#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "bench/kernels/bench.h"
#include "bench/release.h"
#include "engine/device.h"
#include "engine/thread_waiting.h"

using namespace favras;
using namespace favras::bench;

namespace {

constexpr std::string_view kThreads = "--threads=";

// One line a kernel, the median of its repetitions; a JSON file (--benchmark_out) has them all.
class Table : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override {
    fmt::print("{:<78} {:>10} {:>6} {:>7} {:>8} {:>10}\n", "", "us", "GB/s", "of copy", "GFLOP/s",
               "of product");
    return true;
  }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs)
      if (run.repetitions == 1 || run.aggregate_name == "median") print(run);
  }

 private:
  static void print(const Run& run) {
    const auto percent = [&](const char* name) { return 100 * run.counters.at(name).value; };
    fmt::print("{:<78} {:10.1f} {:6.1f} {:6.0f}%", run.run_name.function_name + "/" + run.run_name.args,
               run.GetAdjustedRealTime(), run.counters.at("GB/s").value, percent("of_copy"));
    if (run.counters.contains("of_product"))
      fmt::print(" {:8.1f} {:9.0f}%", run.counters.at("GFLOP/s").value, percent("of_product"));
    fmt::print("\n");
    std::fflush(stdout);
  }
};

// Ours go first, so that a user's go over them.
std::vector<char*> with_defaults(int argc, char** argv) {
  static char repetitions[] = "--benchmark_repetitions=5";
  std::vector<char*> all{argv[0], repetitions};
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument.starts_with(kThreads))
      set_cpu_threads(std::atoi(argument.data() + kThreads.size()));
    else
      all.push_back(argv[i]);
  }
  return all;
}

void measure_ceilings() {
  measure_cpu_ceilings();
  bool has_device = false;
#if defined(FAVRAS_CUDA)
  const std::vector<CudaDevice> devices = cuda_devices();
  has_device = !devices.empty();
  if (has_device) {
    benchmark::AddCustomContext("card", devices[0].name);
    measure_gpu_ceilings();
  }
#endif
  if (!has_device) fmt::print(stderr, "kernels_bench: no CUDA device: the CPU alone is measured\n");
  for (const auto& [name, rate] : ceilings()) {
    fmt::print(stderr, "ceiling {:<10} {:10.1f} {}\n", name, rate * 1e-9,
               name.ends_with("copy") ? "GB/s" : "GFLOP/s");
    benchmark::AddCustomContext("ceiling " + name, fmt::format("{:.6g}", rate));
  }
}

}  // namespace

int main(int argc, char** argv) try {
  refuse_debug_build("kernels_bench");
  let_waiting_threads_sleep(argv);
  set_cpu_threads(available_cpu_threads());
  std::vector<char*> arguments = with_defaults(argc, argv);
  int count = static_cast<int>(arguments.size());
  benchmark::Initialize(&count, arguments.data());
  if (benchmark::ReportUnrecognizedArguments(count, arguments.data())) return 2;
  measure_ceilings();
  for (const auto& [name, version] : versions()) benchmark::AddCustomContext(name, version);
  benchmark::AddCustomContext("threads", std::to_string(cpu_context().threads));
  for (const auto& add :
       {add_adam, add_argmax, add_attention, add_bias, add_dropout, add_elementwise, add_embedding, add_gemm,
        add_lstm, add_moving_average, add_norm, add_softmax_cross_entropy, add_tanh, add_top_k})
    add();
  Table table;
  return benchmark::RunSpecifiedBenchmarks(&table) > 0 ? 0 : 1;
} catch (const std::exception& error) {
  fmt::print(stderr, "kernels_bench: {}\n", error.what());
  return 1;
}
