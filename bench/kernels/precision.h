// In what the numbers of a benchmark are stored, and their products computed.
#pragma once

#include "kernels/common/bfloat16.h"

namespace favras::bench {

struct Fp32 {
  using Type = float;
  static constexpr const char* kName = "fp32";
};
struct Tf32 {  // products of floats, their operands rounded to tf32; CUDA only
  using Type = float;
  static constexpr const char* kName = "tf32";
};
struct Bf16 {
  using Type = kernels::bfloat16;
  static constexpr const char* kName = "bf16";
};

}  // namespace favras::bench
