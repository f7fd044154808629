// The cuDNN side of engine/device.h.
#include "engine/device.h"
#include "kernels/lstm/lstm_cudnn.h"

namespace favras {

bool built_with_cudnn() { return true; }

kernels::cudnn::Context& cudnn_context(Device device) {
  // Never destroyed, as the device's other resources.
  kernels::cuda::Context& own = cuda_context(device);  // first: the handle is the current device's
  static auto* const context = new kernels::cudnn::Context{own, new kernels::cudnn::Handle};
  return *context;
}

}  // namespace favras
