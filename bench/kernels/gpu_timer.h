// Times what a stream is asked to do, with cold caches.
#pragma once

#include <cuda_runtime.h>
#include <functional>

#include "bench/kernels/device_buffer.h"
#include "kernels/common/context.h"

namespace favras::bench {

class GpuTimer {
 public:
  explicit GpuTimer(kernels::cuda::Context&);
  ~GpuTimer();
  GpuTimer(const GpuTimer&) = delete;
  GpuTimer& operator=(const GpuTimer&) = delete;

  kernels::cuda::Context& context() { return context_; }

  // The median seconds of several runs between two events, the L2 cache overwritten before each. The time
  // from an event to the next kernel, about 2 us, is included.
  double seconds(const std::function<void()>& run);
  // The same for what asks for so many kernels that the host would be measured: captured once into a graph.
  double seconds_in_graph(const std::function<void()>& run);

 private:
  kernels::cuda::Context& context_;
  DeviceBuffer<char> flush_;
  cudaEvent_t start_ = nullptr, stop_ = nullptr;
};

}  // namespace favras::bench
