// The cuDNN side of engine/device.h.
#include "engine/device.h"
#include "kernels/lstm/lstm_cudnn.h"

namespace favras {

bool built_with_cudnn() { return true; }

kernels::cudnn::Context& cudnn_context(Device device) {
  // Never destroyed, as the device's other resources.
  static auto* const handle = new kernels::cudnn::Handle;
  static auto* const context = new kernels::cudnn::Context{cuda_context(device), handle};
  return *context;
}

}  // namespace favras
