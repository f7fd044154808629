#include "engine/precision.h"

#include <stdexcept>

#include "kernels/gemm/bfloat16_products_cpu.h"

namespace favras {

Precision parse_precision(std::string_view name) {
  if (name == "fp32") return Precision::kFloat32;
  if (name == "tf32") return Precision::kTf32;
  if (name == "bf16") return Precision::kBfloat16;
  throw std::invalid_argument("unknown precision '" + std::string(name) + "': use fp32, tf32 or bf16");
}

std::string to_string(Precision precision) {
  switch (precision) {
    case Precision::kFloat32:
      return "fp32";
    case Precision::kTf32:
      return "tf32";
    case Precision::kBfloat16:
      return "bf16";
  }
  throw std::logic_error("to_string: unknown precision");
}

Precision offered(Device device, Precision precision) {
  if (device.kind == DeviceKind::kCpu) {
    const bool has_it = precision == Precision::kBfloat16 && kernels::cpu::has_bfloat16_products();
    return has_it ? precision : Precision::kFloat32;
  }
  const bool has_it = cuda_devices().at(static_cast<std::size_t>(device.index)).has_bfloat16();
  return has_it ? precision : Precision::kFloat32;
}

}  // namespace favras
