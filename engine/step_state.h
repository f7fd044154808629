// Seed, step number and learning rate in device memory, where kernels read them
// (kernels/common/step_state.h).
#pragma once

#include "engine/tensor.h"
#include "kernels/common/step_state.h"

namespace favras {

class DeviceStepState {
 public:
  explicit DeviceStepState(Device device = {}) : bytes_({sizeof(kernels::StepState)}, DType::kByte, device) {
    set({});
  }
  void set(const kernels::StepState& state) { bytes_.copy_from_host(&state, sizeof state); }
  const kernels::StepState* pointer() const {
    return reinterpret_cast<const kernels::StepState*>(bytes_.raw());
  }

 private:
  Tensor bytes_;
};

}  // namespace favras
