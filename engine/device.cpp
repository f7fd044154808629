#include "engine/device.h"

#include <stdexcept>

#include <fmt/format.h>
#include <omp.h>

namespace favras {

Device parse_device(std::string_view name) {
  if (name == "auto" || name == "cpu") return Device{};
  if (name.starts_with("cuda"))
    throw std::invalid_argument("this build has no CUDA back end: use --device cpu or auto");
  throw std::invalid_argument(fmt::format("unknown device '{}': use auto or cpu", name));
}

std::string to_string(Device) { return "cpu"; }

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

}  // namespace favras
