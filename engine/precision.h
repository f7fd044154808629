// How exactly products are computed.
#pragma once

#include <string>
#include <string_view>

#include "engine/device.h"
#include "engine/dtype.h"

namespace favras {

enum class Precision {
  kFloat32,
  kTf32,      // operands rounded to 10 bits of fraction; CUDA, from compute capability 8.0
  kBfloat16,  // operands and activations stored as bfloat16; states, sums and parameters stay float32; as
              // above, and on CPUs that multiply bfloat16 numbers (AVX512-BF16, AMX)
};

// "fp32", "tf32", "bf16". Throws std::invalid_argument.
Precision parse_precision(std::string_view name);
std::string to_string(Precision);

// The precision itself where the device has it, else kFloat32.
Precision offered(Device, Precision);

// The type of activations, and of the parameters as operations read them.
constexpr DType storage_dtype(Precision precision) {
  return precision == Precision::kBfloat16 ? DType::kBfloat16 : DType::kFloat32;
}

}  // namespace favras
