#include "engine/device.h"

#include <charconv>
#include <stdexcept>

#include <fmt/format.h>
#include <omp.h>

#include "engine/dispatch.h"
#include "kernels/gemm/products_cuda.h"
#include "kernels/memory/memory.h"

namespace favras {
namespace {

// "" or ":N". Throws std::invalid_argument.
int cuda_index(std::string_view name, std::string_view suffix) {
  if (suffix.empty()) return 0;
  int index = -1;
  const char* const end = suffix.data() + suffix.size();
  if (suffix.front() != ':' || std::from_chars(suffix.data() + 1, end, index).ptr != end || index < 0)
    throw std::invalid_argument(fmt::format("unknown device '{}': use cuda or cuda:N", name));
  return index;
}

}  // namespace

Device parse_device(std::string_view name) {
  if (name == "cpu") return Device{};
  if (name == "auto") {
    const std::vector<CudaDevice> devices = cuda_devices();
    return !devices.empty() && devices[0].is_supported() ? Device{DeviceKind::kCuda, 0} : Device{};
  }
  if (!name.starts_with("cuda"))
    throw std::invalid_argument(fmt::format("unknown device '{}': use auto, cpu or cuda", name));
  const int index = cuda_index(name, name.substr(4));
  if (!built_with_cuda())
    throw std::invalid_argument("this build has no CUDA back end: use --device cpu or auto");
  const std::vector<CudaDevice> devices = cuda_devices();
  const std::size_t count = devices.size();
  if (const std::string problem = cuda_problem(); !problem.empty())
    throw std::invalid_argument(
        fmt::format("no CUDA device can be used: {}: mend that, or use --device cpu", problem));
  if (static_cast<std::size_t>(index) >= count)
    throw std::invalid_argument(
        count == 0 ? "no CUDA device was found (is a driver loaded?): use --device cpu or auto"
                   : fmt::format("no device {}: this machine has cuda:0 to cuda:{}", name, count - 1));
  const CudaDevice& device = devices[static_cast<std::size_t>(index)];
  if (!device.is_supported())
    throw std::invalid_argument(
        fmt::format("{} ({}) has compute capability {}.{}, and 7.5 is needed: use --device cpu", name,
                    device.name, device.major, device.minor));
  return {DeviceKind::kCuda, index};
}

std::string to_string(Device device) {
  return device.kind == DeviceKind::kCpu ? "cpu" : fmt::format("cuda:{}", device.index);
}

kernels::cpu::Context& cpu_context() {
  static kernels::cpu::Context context{.threads = available_cpu_threads()};
  return context;
}

void set_cpu_threads(int threads) {
  if (threads < 1) throw std::invalid_argument(fmt::format("threads must be at least 1, not {}", threads));
  omp_set_num_threads(threads);
  cpu_context().threads = threads;
}

int available_cpu_threads() {
  static const int threads = omp_get_num_procs();  // honours the process's CPU affinity
  return threads;
}

void allow_tf32(Device device, bool allowed) {
  on_device(device, [&](auto& context) {
    if constexpr (kIsCuda<decltype(context)>) context.products->allow_tf32(allowed);
  });
}

void synchronize(Device device) {
  on_device(device, [](auto& context) { wait(context); });
}

}  // namespace favras
