#include "bench/kernels/gpu_timer.h"

#include <algorithm>
#include <vector>

#include "kernels/common/cuda_check.h"
#include "kernels/graph/graph.h"

namespace favras::bench {
namespace {

constexpr int kRuns = 21, kWarmups = 3;

std::size_t cache_bytes() {
  int device = 0, bytes = 0;
  FAVRAS_CUDA_CHECK(cudaGetDevice(&device));
  FAVRAS_CUDA_CHECK(cudaDeviceGetAttribute(&bytes, cudaDevAttrL2CacheSize, device));
  return static_cast<std::size_t>(bytes);
}

}  // namespace

GpuTimer::GpuTimer(kernels::cuda::Context& context) : context_(context), flush_(2 * cache_bytes()) {
  FAVRAS_CUDA_CHECK(cudaEventCreate(&start_));
  FAVRAS_CUDA_CHECK(cudaEventCreate(&stop_));
}

GpuTimer::~GpuTimer() {
  cudaEventDestroy(start_);
  cudaEventDestroy(stop_);
}

double GpuTimer::seconds(const std::function<void()>& run) {
  std::vector<double> all;
  for (int i = 0; i < kWarmups + kRuns; ++i) {
    FAVRAS_CUDA_CHECK(cudaMemsetAsync(flush_.data(), i, flush_.size(), context_.stream));
    FAVRAS_CUDA_CHECK(cudaEventRecord(start_, context_.stream));
    run();
    FAVRAS_CUDA_CHECK(cudaEventRecord(stop_, context_.stream));
    FAVRAS_CUDA_CHECK(cudaEventSynchronize(stop_));
    float milliseconds = 0;
    FAVRAS_CUDA_CHECK(cudaEventElapsedTime(&milliseconds, start_, stop_));
    if (i >= kWarmups) all.push_back(milliseconds / 1000.0);
  }
  std::ranges::sort(all);
  return all[all.size() / 2];
}

double GpuTimer::seconds_in_graph(const std::function<void()>& run) {
  run();  // products choose their algorithms outside of captures
  FAVRAS_CUDA_CHECK(cudaStreamSynchronize(context_.stream));
  kernels::cuda::begin_capture(context_);
  try {
    run();
  } catch (...) {
    kernels::cuda::abandon_capture(context_);
    throw;
  }
  const auto graph = kernels::cuda::end_capture(context_);
  return seconds([&] { graph->launch(context_); });
}

}  // namespace favras::bench
