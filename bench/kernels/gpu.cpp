#include "bench/kernels/gpu.h"

namespace favras::bench {
namespace {

std::size_t cache_bytes() {
  int device = 0, bytes = 0;
  FAVRAS_CUDA_CHECK(cudaGetDevice(&device));
  FAVRAS_CUDA_CHECK(cudaDeviceGetAttribute(&bytes, cudaDevAttrL2CacheSize, device));
  return static_cast<std::size_t>(bytes);
}

}  // namespace

Gpu::Gpu() : context_(cuda_context({DeviceKind::kCuda, 0})) {
  other_ = std::make_unique<Array<char>>(std::vector<char>(2 * cache_bytes()));
  FAVRAS_CUDA_CHECK(cudaEventCreate(&start_));
  FAVRAS_CUDA_CHECK(cudaEventCreate(&stop_));
}

Gpu::~Gpu() {
  cudaEventDestroy(start_);
  cudaEventDestroy(stop_);
}

void Gpu::flush() {
  FAVRAS_CUDA_CHECK(cudaMemsetAsync(other_->data(), 1, 2 * cache_bytes(), context_.stream));
}

}  // namespace favras::bench
