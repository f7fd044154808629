// The cuDNN side of engine/device.h in a build without it.
#include "engine/device.h"

namespace favras {

bool built_with_cudnn() { return false; }

}  // namespace favras
