// The parts of the stand-in for NVIDIA's runtime that its files share.
#pragma once

#include <cuda_runtime.h>

namespace favras::simt {

// Remembers an error for cudaGetLastError and passes it on.
cudaError_t report(cudaError_t error);

}  // namespace favras::simt
