// Arrays in device memory for kernels to work on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cuda_runtime.h>
#include <vector>

#include "kernels/common/bfloat16.h"
#include "kernels/common/cuda_check.h"

namespace favras::bench {

template <class T>
class DeviceBuffer {
 public:
  // Zeros.
  explicit DeviceBuffer(std::size_t size) : size_(size) {
    FAVRAS_CUDA_CHECK(cudaMalloc(reinterpret_cast<void**>(&data_), size * sizeof(T)));
    FAVRAS_CUDA_CHECK(cudaMemset(data_, 0, size * sizeof(T)));
    FAVRAS_CUDA_CHECK(cudaStreamSynchronize(nullptr));
  }
  explicit DeviceBuffer(const std::vector<T>& values) : DeviceBuffer(values.size()) {
    FAVRAS_CUDA_CHECK(cudaMemcpy(data_, values.data(), size_ * sizeof(T), cudaMemcpyHostToDevice));
    FAVRAS_CUDA_CHECK(cudaStreamSynchronize(nullptr));
  }
  ~DeviceBuffer() { cudaFree(data_); }
  DeviceBuffer(const DeviceBuffer&) = delete;
  DeviceBuffer& operator=(const DeviceBuffer&) = delete;

  T* data() const { return data_; }
  std::size_t size() const { return size_; }

 private:
  T* data_ = nullptr;
  std::size_t size_;
};

// Numbers in (-1, 1) that no two neighbours share: a GPU takes less power for zeros, and is faster.
template <class T>
std::vector<T> numbers(std::int64_t count) {
  std::vector<T> all(static_cast<std::size_t>(count));
  std::uint32_t state = 1;
  for (T& number : all) {
    state = state * 1664525u + 1013904223u;
    number = T(static_cast<kernels::Accumulate<T>>(static_cast<std::int32_t>(state) * 0x1p-31f));
  }
  return all;
}

// Ids below `limit`, all equally often.
inline std::vector<std::int32_t> ids(std::int64_t count, std::int32_t limit) {
  std::vector<std::int32_t> all(static_cast<std::size_t>(count));
  std::uint32_t state = 1;
  for (std::int32_t& id : all) {
    state = state * 1664525u + 1013904223u;
    id = static_cast<std::int32_t>((std::uint64_t{state} * static_cast<std::uint32_t>(limit)) >> 32);
  }
  return all;
}

}  // namespace favras::bench
