// A CUDA device as benchmarks see it: its arrays, its clock, its caches.
#pragma once

#include <cstddef>
#include <cuda_runtime.h>
#include <memory>
#include <nvtx3/nvtx3.hpp>
#include <stdexcept>
#include <vector>

#include "engine/device.h"
#include "kernels/common/context.h"
#include "kernels/common/cuda_check.h"
#include "kernels/gemm/products_cuda.h"
#include "kernels/graph/graph.h"

namespace favras::bench {

class Gpu {
 public:
  static constexpr const char* kName = "cuda";

  template <class T>
  class Array {
   public:
    explicit Array(const std::vector<T>& values) {
      FAVRAS_CUDA_CHECK(cudaMalloc(reinterpret_cast<void**>(&data_), values.size() * sizeof(T)));
      FAVRAS_CUDA_CHECK(cudaMemcpy(data_, values.data(), values.size() * sizeof(T), cudaMemcpyHostToDevice));
      FAVRAS_CUDA_CHECK(cudaStreamSynchronize(nullptr));
    }
    ~Array() { cudaFree(data_); }
    Array(const Array&) = delete;
    Array& operator=(const Array&) = delete;
    T* data() const { return data_; }

   private:
    T* data_ = nullptr;
  };
  // What Nsight shows beside the kernels.
  using Range = nvtx3::scoped_range;

  Gpu();
  ~Gpu();
  Gpu(const Gpu&) = delete;
  Gpu& operator=(const Gpu&) = delete;

  kernels::cuda::Context& context() { return context_; }
  void allow_tf32(bool allowed) { context_.products->allow_tf32(allowed); }

  // For what asks for so many kernels that the host would be measured: captured once into a graph.
  template <class Run>
  auto recorded(const Run& run) {
    run();  // products choose their algorithms outside of captures
    FAVRAS_CUDA_CHECK(cudaStreamSynchronize(context_.stream));
    kernels::cuda::begin_capture(context_);
    try {
      run();
    } catch (...) {
      kernels::cuda::abandon_capture(context_);
      throw;
    }
    const std::shared_ptr<kernels::cuda::Graph> graph = kernels::cuda::end_capture(context_);
    if (!graph) throw std::runtime_error("no device memory for a graph of the kernels to measure");
    return [this, graph] { graph->launch(context_); };
  }
  // Between two events. The time from an event to the next kernel, about 2 us, is included.
  template <class Run>
  double seconds(const Run& run) {
    FAVRAS_CUDA_CHECK(cudaEventRecord(start_, context_.stream));
    run();
    FAVRAS_CUDA_CHECK(cudaEventRecord(stop_, context_.stream));
    FAVRAS_CUDA_CHECK(cudaEventSynchronize(stop_));
    float milliseconds = 0;
    FAVRAS_CUDA_CHECK(cudaEventElapsedTime(&milliseconds, start_, stop_));
    return milliseconds / 1000.0;
  }
  // Overwrites the L2 cache.
  void flush();

 private:
  kernels::cuda::Context& context_;
  cudaEvent_t start_ = nullptr, stop_ = nullptr;
  std::unique_ptr<Array<char>> other_;
};

}  // namespace favras::bench
