// Where tensors live and kernels run.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "kernels/common/context.h"

namespace favras {

enum class DeviceKind { kCpu };

struct Device {
  DeviceKind kind = DeviceKind::kCpu;
  int index = 0;

  friend bool operator==(const Device&, const Device&) = default;
};

// "auto", "cpu". Throws std::invalid_argument naming what this build offers.
Device parse_device(std::string_view name);
std::string to_string(Device);

// The CPU's context is one per process. threads >= 1; oneDNN follows it.
kernels::cpu::Context& cpu_context();
void set_cpu_threads(int threads);
int available_cpu_threads();

}  // namespace favras
