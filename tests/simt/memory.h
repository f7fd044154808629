// Device memory: from the heap, with exact bounds for AddressSanitizer, filled with NaN, and out of the
// host's reach except while the device works.
#pragma once

#include <cstddef>
#include <cuda_runtime.h>

namespace favras::simt {

// Where one lives, kernels and copies run: device memory may be touched.
class DeviceAtWork {
 public:
  DeviceAtWork();
  ~DeviceAtWork();
  DeviceAtWork(const DeviceAtWork&) = delete;
  DeviceAtWork& operator=(const DeviceAtWork&) = delete;
};

// Whether [memory, memory + bytes) lies within one device allocation.
bool on_device(const void* memory, std::size_t bytes);
// Whether it begins in any.
bool on_device(const void* memory);

// What a copy of that kind between these places is: success, or the error the call should give.
cudaError_t check_copy(const void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind);

std::size_t device_bytes_in_use();
std::size_t device_allocations();
std::size_t pinned_bytes();  // of the host

// Device memory that the driver takes for a graph, outside of any allocation; false if there is not so much.
bool take_for_graph(std::size_t bytes);
void give_back_of_graph(std::size_t bytes);

}  // namespace favras::simt
