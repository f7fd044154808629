#include "tests/simt/memory.h"

#include <cstdlib>
#include <cstring>
#include <map>

#include "tests/simt/options.h"
#include "tests/simt/runtime.h"
#include "tests/simt/sanitizers.h"
#include "tests/simt/stream.h"

namespace favras::simt {

namespace {

constexpr std::size_t kAlignment = 256;
constexpr int kPoison = 0xFF;  // NaN in every float format

std::map<const std::byte*, std::size_t> allocations;
std::map<const void*, std::size_t> pinned;
std::size_t in_use = 0, of_graphs = 0;
int at_work = 0;

std::size_t free_bytes() {
  const std::size_t taken = in_use + of_graphs;
  return options().device.memory > taken ? options().device.memory - taken : 0;
}

const std::pair<const std::byte* const, std::size_t>* find(const void* memory) {
  const auto* address = static_cast<const std::byte*>(memory);
  auto after = allocations.upper_bound(address);
  if (after == allocations.begin()) return nullptr;
  --after;
  return address < after->first + after->second ? &*after : nullptr;
}

cudaError_t allocate(void** memory, std::size_t bytes) {
  *memory = nullptr;
  if (bytes == 0) return cudaSuccess;
  if (bytes > free_bytes() || posix_memalign(memory, kAlignment, bytes) != 0) {
    return cudaErrorMemoryAllocation;
  }
  std::memset(*memory, kPoison, bytes);
  if (at_work == 0) asan_forbid(*memory, bytes);
  allocations.emplace(static_cast<const std::byte*>(*memory), bytes);
  in_use += bytes;
  return cudaSuccess;
}

// `memory` was given by allocate().
void release(void* memory) {
  const auto found = allocations.find(static_cast<const std::byte*>(memory));
  asan_allow(memory, found->second);
  in_use -= found->second;
  allocations.erase(found);
  std::free(memory);
}

bool is_allocation(void* memory) { return allocations.contains(static_cast<const std::byte*>(memory)); }

}  // namespace

DeviceAtWork::DeviceAtWork() {
  if (!kAsan || at_work++ > 0) return;
  for (const auto& [memory, bytes] : allocations) asan_allow(memory, bytes);
}

DeviceAtWork::~DeviceAtWork() {
  if (!kAsan || --at_work > 0) return;
  for (const auto& [memory, bytes] : allocations) asan_forbid(memory, bytes);
}

bool on_device(const void* memory, std::size_t bytes) {
  const auto* found = find(memory);
  return found != nullptr && static_cast<const std::byte*>(memory) + bytes <= found->first + found->second;
}

bool on_device(const void* memory) { return find(memory) != nullptr; }

cudaError_t check_copy(const void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind) {
  const bool to_device = on_device(to), from_device = on_device(from);
  if (bytes == 0) return cudaSuccess;
  const bool right = kind == cudaMemcpyDefault ||
                     ((kind == cudaMemcpyHostToDevice || kind == cudaMemcpyDeviceToDevice) == to_device &&
                      (kind == cudaMemcpyDeviceToHost || kind == cudaMemcpyDeviceToDevice) == from_device);
  const bool inside = (!to_device || on_device(to, bytes)) && (!from_device || on_device(from, bytes));
  return right && inside ? cudaSuccess : cudaErrorInvalidValue;
}

std::size_t device_bytes_in_use() { return in_use; }
std::size_t device_allocations() { return allocations.size(); }

std::size_t pinned_bytes() {
  std::size_t all = 0;
  for (const auto& [memory, bytes] : pinned) all += bytes;
  return all;
}

bool take_for_graph(std::size_t bytes) {
  if (bytes > free_bytes()) return false;
  of_graphs += bytes;
  return true;
}

void give_back_of_graph(std::size_t bytes) { of_graphs -= bytes; }

}  // namespace favras::simt

using namespace favras::simt;

extern "C" {

cudaError_t cudaMalloc(void** memory, std::size_t bytes) {
  if (any_capture()) return report(cudaErrorStreamCaptureUnsupported);
  return report(allocate(memory, bytes));
}

cudaError_t cudaFree(void* memory) {
  if (memory == nullptr) return cudaSuccess;
  if (!is_allocation(memory)) return report(cudaErrorInvalidValue);
  run_everything();
  release(memory);
  return cudaSuccess;
}

cudaError_t cudaMallocAsync(void** memory, std::size_t bytes, cudaStream_t stream) {
  if (is_capturing(stream)) return report(cudaErrorStreamCaptureUnsupported);
  return report(allocate(memory, bytes));
}

// The memory is gone once the stream comes to this point.
cudaError_t cudaFreeAsync(void* memory, cudaStream_t stream) {
  if (memory == nullptr) return cudaSuccess;
  if (is_capturing(stream)) return report(cudaErrorStreamCaptureUnsupported);
  if (!is_allocation(memory)) return report(cudaErrorInvalidValue);
  enqueue(stream, {[memory] { release(memory); }, false});
  return cudaSuccess;
}

cudaError_t cudaMallocHost(void** memory, std::size_t bytes) {
  *memory = nullptr;
  if (posix_memalign(memory, kAlignment, bytes) != 0) return report(cudaErrorMemoryAllocation);
  std::memset(*memory, kPoison, bytes);
  pinned.emplace(*memory, bytes);
  return cudaSuccess;
}

cudaError_t cudaHostAlloc(void** memory, std::size_t bytes, unsigned) {
  return cudaMallocHost(memory, bytes);
}

cudaError_t cudaFreeHost(void* memory) {
  run_everything();
  pinned.erase(memory);
  std::free(memory);
  return cudaSuccess;
}

cudaError_t cudaMemGetInfo(std::size_t* free, std::size_t* total) {
  *total = options().device.memory;
  *free = free_bytes();
  return cudaSuccess;
}

cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind,
                            cudaStream_t stream) {
  if (options().failed) return report(cudaErrorLaunchFailure);
  const cudaError_t error = check_copy(to, from, bytes, kind);
  if (error != cudaSuccess) return report(error);
  enqueue(stream, {[=] { std::memcpy(to, from, bytes); }});
  return cudaSuccess;
}

cudaError_t cudaMemsetAsync(void* memory, int value, std::size_t bytes, cudaStream_t stream) {
  if (bytes > 0 && !on_device(memory, bytes)) return report(cudaErrorInvalidValue);
  enqueue(stream, {[=] { std::memset(memory, value, bytes); }});
  return cudaSuccess;
}

cudaError_t cudaMemcpy(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind) {
  if (any_capture()) return report(cudaErrorStreamCaptureImplicit);
  const cudaError_t error = cudaMemcpyAsync(to, from, bytes, kind, cudaStreamLegacy);
  return error == cudaSuccess ? cudaStreamSynchronize(cudaStreamLegacy) : error;
}

cudaError_t cudaMemset(void* memory, int value, std::size_t bytes) {
  if (any_capture()) return report(cudaErrorStreamCaptureImplicit);
  const cudaError_t error = cudaMemsetAsync(memory, value, bytes, cudaStreamLegacy);
  return error == cudaSuccess ? cudaStreamSynchronize(cudaStreamLegacy) : error;
}

}  // extern "C"
