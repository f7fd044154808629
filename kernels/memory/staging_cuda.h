// Pinned host memory through which uploads pass, so that the host need not wait for them. One per stream.
#pragma once

#include <cstddef>
#include <cuda_runtime.h>
#include <vector>

namespace favras::kernels::cuda {

class Staging {
 public:
  Staging() = default;
  ~Staging();
  Staging(const Staging&) = delete;
  Staging& operator=(const Staging&) = delete;

  // Copies `from` now, and to the device in the stream's order. Throws CudaError.
  void upload(cudaStream_t stream, void* to, const void* from, std::size_t bytes);

 private:
  // A piece of pinned memory, free again once its event has happened.
  struct Slot {
    void* memory = nullptr;
    std::size_t bytes = 0;
    cudaEvent_t sent = nullptr;
  };
  Slot& free_slot(std::size_t bytes);

  std::vector<Slot> slots_;
  std::size_t next_ = 0;
};

}  // namespace favras::kernels::cuda
