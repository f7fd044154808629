// seq2seq devices: what this machine offers, and which parts of it the program uses.
#include <fstream>
#include <oneapi/dnnl/dnnl.hpp>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <boost/json.hpp>
#include <boost/program_options.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <hwy/highway.h>

#include "apps/seq2seq/command_line/command_line.h"
#include "apps/seq2seq/commands/commands.h"
#include "engine/device.h"

namespace favras::seq2seq {

namespace {

struct Machine {
  std::string cpu;
  int cores_usable;  // by this process
  unsigned cores;
  std::uint64_t memory;  // bytes; 0: unknown
  std::uint64_t memory_available;
  std::vector<std::string> instruction_sets;  // of those that change the program's speed
  std::string highway_target;
  std::string onednn_version;
  std::string onednn_instruction_set;
  std::vector<CudaDevice> cuda;
};

// The text after "name   :" in /proc/cpuinfo or /proc/meminfo; empty if there is no such line.
std::string field(const char* file, const std::string& name) {
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);) {
    const auto colon = line.find(':');
    if (colon == std::string::npos || line.substr(0, line.find_last_not_of(" \t", colon - 1) + 1) != name) {
      continue;
    }
    const auto value = line.find_first_not_of(" \t", colon + 1);
    return value == std::string::npos ? "" : line.substr(value);
  }
  return "";
}

std::uint64_t memory_field(const std::string& name) {
  std::uint64_t kibibytes = 0;
  std::istringstream(field("/proc/meminfo", name)) >> kibibytes;
  return kibibytes * 1024;
}

std::vector<std::string> instruction_sets() {
  const std::string flags = fmt::format(" {} ", field("/proc/cpuinfo", "flags"));
  std::vector<std::string> found;
  for (const auto& [flag, name] : {std::pair{"avx2", "AVX2"},
                                   {"avx512bw", "AVX-512"},
                                   {"avx512_bf16", "AVX512-BF16"},
                                   {"amx_bf16", "AMX-BF16"}}) {
    if (flags.find(fmt::format(" {} ", flag)) != std::string::npos) found.emplace_back(name);
  }
  return found;
}

std::string onednn_instruction_set() {
  switch (dnnl::get_effective_cpu_isa()) {
    case dnnl::cpu_isa::sse41:
      return "SSE4.1";
    case dnnl::cpu_isa::avx:
      return "AVX";
    case dnnl::cpu_isa::avx2:
      return "AVX2";
    case dnnl::cpu_isa::avx2_vnni:
      return "AVX2-VNNI";
    case dnnl::cpu_isa::avx512_core:
      return "AVX-512";
    case dnnl::cpu_isa::avx512_core_vnni:
      return "AVX512-VNNI";
    case dnnl::cpu_isa::avx512_core_bf16:
      return "AVX512-BF16";
    case dnnl::cpu_isa::avx512_core_amx:
      return "AMX";
    default:
      return "generic";
  }
}

Machine look_around() {
  const std::string cpu = field("/proc/cpuinfo", "model name");
  const dnnl_version_t& onednn = *dnnl::version();
  return {.cpu = cpu.empty() ? "unknown" : cpu,
          .cores_usable = available_cpu_threads(),
          .cores = std::thread::hardware_concurrency(),
          .memory = memory_field("MemTotal"),
          .memory_available = memory_field("MemAvailable"),
          .instruction_sets = instruction_sets(),
          .highway_target = hwy::TargetName(hwy::SupportedAndGeneratedTargets().front()),
          .onednn_version = fmt::format("{}.{}.{}", onednn.major, onednn.minor, onednn.patch),
          .onednn_instruction_set = onednn_instruction_set(),
          .cuda = cuda_devices()};
}

void print_text(const Machine& machine) {
  constexpr double kGibibyte = 1024.0 * 1024.0 * 1024.0;
  fmt::print("CPU:               {}\n", machine.cpu);
  fmt::print("Cores:             {} usable of {}\n", machine.cores_usable, machine.cores);
  fmt::print("Memory:            {:.1f} GiB, {:.1f} GiB of it available\n",
             static_cast<double>(machine.memory) / kGibibyte,
             static_cast<double>(machine.memory_available) / kGibibyte);
  fmt::print("Instruction sets:  {}\n", machine.instruction_sets.empty()
                                            ? "none that matter"
                                            : fmt::format("{}", fmt::join(machine.instruction_sets, ", ")));
  fmt::print("Highway:           {}\n", machine.highway_target);
  fmt::print("oneDNN:            {}, {}\n", machine.onednn_version, machine.onednn_instruction_set);
  if (machine.cuda.empty())
    fmt::print("CUDA:              {}\n", !built_with_cuda()       ? "not built in"
                                          : cuda_problem().empty() ? "no device found"
                                                                   : "no device: " + cuda_problem());
  for (std::size_t i = 0; i < machine.cuda.size(); ++i) {
    const CudaDevice& gpu = machine.cuda[i];
    fmt::print("cuda:{}             {}, compute capability {}.{}, {} multiprocessors, {:.1f} GiB{}\n", i,
               gpu.name, gpu.major, gpu.minor, gpu.multiprocessors,
               static_cast<double>(gpu.memory) / kGibibyte,
               gpu.has_bfloat16() ? "" : "; no tf32 or bf16: products in fp32");
  }
  fmt::print("cuDNN:             {}\n", built_with_cudnn() ? "built in, for --lstm cudnn" : "not built in");
  fmt::print("--device auto is:  {}\n", to_string(parse_device("auto")));
}

boost::json::array cuda_json(const std::vector<CudaDevice>& devices) {
  boost::json::array list;
  for (const CudaDevice& gpu : devices)
    list.push_back({{"name", gpu.name},
                    {"compute_capability", fmt::format("{}.{}", gpu.major, gpu.minor)},
                    {"multiprocessors", gpu.multiprocessors},
                    {"memory_bytes", gpu.memory}});
  return list;
}

void print_json(const Machine& machine) {
  const boost::json::value json = {
      {"cpu", machine.cpu},
      {"cores_usable", machine.cores_usable},
      {"cores", machine.cores},
      {"memory_bytes", machine.memory},
      {"memory_available_bytes", machine.memory_available},
      {"instruction_sets", boost::json::value_from(machine.instruction_sets)},
      {"highway_target", machine.highway_target},
      {"onednn_version", machine.onednn_version},
      {"onednn_instruction_set", machine.onednn_instruction_set},
      {"cuda_built_in", built_with_cuda()},
      {"cudnn_built_in", built_with_cudnn()},
      {"cuda_devices", cuda_json(machine.cuda)},
      {"auto_device", to_string(parse_device("auto"))},
  };
  fmt::print("{}\n", boost::json::serialize(json));
}

}  // namespace

int run_devices(int argc, char** argv) {
  CommandLine command_line("devices", "Says what this machine offers and what of it the program uses.");
  command_line.add_options()("json", boost::program_options::bool_switch(), "as one JSON object");
  if (!command_line.parse(argc, argv)) return kExitDone;
  const Machine machine = look_around();
  if (command_line.get<bool>("json")) {
    print_json(machine);
  } else {
    print_text(machine);
  }
  return kExitDone;
}

}  // namespace favras::seq2seq
