// The CUDA side of engine/device.h in a build without that back end.
#include "engine/device.h"

namespace favras {

std::vector<CudaDevice> cuda_devices() { return {}; }

std::string cuda_problem() { return {}; }

bool built_with_cuda() { return false; }

}  // namespace favras
