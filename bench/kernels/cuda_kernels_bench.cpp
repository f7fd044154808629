// Every CUDA kernel at the reference workload's shapes: time, bytes and operations, beside what the same GPU
// reached in a plain copy and in a large product.
#include <cstdio>
#include <stdexcept>
#include <string_view>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "bench/kernels/results.h"
#include "engine/device.h"

#ifndef NDEBUG
#error "benchmarks are built in release mode: cmake -DCMAKE_BUILD_TYPE=Release"
#endif

using namespace favras;
using namespace favras::bench;

namespace {

constexpr const char* kUsage =
    "Usage: cuda_kernels_bench [--json]\n\n"
    "  --json  print a JSON object\n"
    "  --help  this text\n\n"
    "Seconds are the median of 21 runs with a cold L2 cache; bytes are each input once and each output "
    "once.\n";

double ceiling_of(const std::vector<Ceiling>& ceilings, std::string_view name) {
  for (const Ceiling& ceiling : ceilings)
    if (ceiling.name == name) return ceiling.rate;
  throw std::logic_error("no ceiling is called " + std::string(name));
}

void print_json(const std::string& card, const std::vector<Ceiling>& ceilings,
                const std::vector<Result>& results) {
  boost::json::object limits;
  for (const Ceiling& ceiling : ceilings)
    limits[ceiling.name + (ceiling.name == "copy" ? "_gigabytes_per_second" : "_teraflops")] = ceiling.rate;
  boost::json::array kernels;
  for (const Result& r : results) {
    boost::json::object kernel{{"name", r.name},
                               {"precision", r.precision},
                               {"shape", r.shape},
                               {"seconds", r.seconds},
                               {"bytes", r.bytes},
                               {"operations", r.operations},
                               {"gigabytes_per_second", r.gigabytes_per_second()},
                               {"of_copy", r.gigabytes_per_second() / ceiling_of(ceilings, "copy")}};
    if (r.operations > 0) {
      kernel["teraflops"] = r.teraflops();
      kernel["of_large_product"] = r.teraflops() / ceiling_of(ceilings, r.precision);
    }
    kernels.push_back(std::move(kernel));
  }
  const boost::json::object all{{"card", card}, {"ceilings", limits}, {"kernels", kernels}};
  fmt::print("{}\n", boost::json::serialize(all));
}

void print_text(const std::string& card, const std::vector<Ceiling>& ceilings,
                const std::vector<Result>& results) {
  fmt::print("{}\n", card);
  for (const Ceiling& ceiling : ceilings)
    fmt::print("  {:<5} {:8.1f} {}\n", ceiling.name, ceiling.rate,
               ceiling.name == "copy" ? "GB/s" : "TFLOP/s, a product of 8192 x 8192 x 8192");
  fmt::print("{:<26} {:<5} {:<26} {:>9} {:>9} {:>7} {:>8} {:>7} {:>9}\n", "", "", "shape", "us", "MB", "GB/s",
             "of copy", "TFLOP/s", "of large");
  for (const Result& r : results) {
    fmt::print("{:<26} {:<5} {:<26} {:9.1f} {:9.2f} {:7.0f} {:7.0f}%", r.name, r.precision, r.shape,
               r.seconds * 1e6, r.bytes * 1e-6, r.gigabytes_per_second(),
               100 * r.gigabytes_per_second() / ceiling_of(ceilings, "copy"));
    if (r.operations > 0)
      fmt::print(" {:7.1f} {:8.0f}%", r.teraflops(), 100 * r.teraflops() / ceiling_of(ceilings, r.precision));
    fmt::print("\n");
  }
}

}  // namespace

int main(int argc, char** argv) try {
  const std::string_view option = argc > 1 ? argv[1] : "";
  if (option == "--help") {
    fmt::print("{}", kUsage);
    return 0;
  }
  if (argc > 2 || (argc == 2 && option != "--json")) {
    fmt::print(stderr, "cuda_kernels_bench: unknown argument '{}'\n{}", argv[argc > 2 ? 2 : 1], kUsage);
    return 2;
  }
  const std::vector<CudaDevice> devices = cuda_devices();
  if (devices.empty()) throw std::runtime_error("no CUDA device");
  GpuTimer timer(cuda_context({DeviceKind::kCuda, 0}));
  const std::vector<Ceiling> ceilings = measure_ceilings(timer);
  std::vector<Result> results = measure_pointwise(timer);
  for (const auto& more : {measure_lstm(timer), measure_products(timer)})
    results.insert(results.end(), more.begin(), more.end());
  (option == "--json" ? print_json : print_text)(devices[0].name, ceilings, results);
} catch (const std::exception& error) {
  fmt::print(stderr, "cuda_kernels_bench: {}\n", error.what());
  return 1;
}
