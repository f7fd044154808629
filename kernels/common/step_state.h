// What changes from one training step to the next. Kernels read it through a pointer into their
// device's memory, so a captured CUDA graph stays valid while the host updates the contents.
#pragma once

#include <cstdint>

namespace favras::kernels {

struct StepState {
  std::uint64_t seed = 0;      // of the run: keys every random draw
  std::uint64_t step = 0;      // 1 for the first optimizer step; 0 outside training
  float learning_rate = 0.0f;  // of this step
};

}  // namespace favras::kernels
