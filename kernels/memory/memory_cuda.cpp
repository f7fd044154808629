#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <string>

#include "kernels/common/cuda_check.h"
#include "kernels/memory/memory.h"
#include "kernels/memory/staging_cuda.h"

namespace favras::kernels::cuda {
namespace {

// More than the uploads of one training step, so that the host runs a step ahead without waiting.
constexpr std::size_t kSlots = 32;
constexpr std::size_t kSmallestSlot = 64 * 1024;
// More goes in pieces: slots are kept, and pinned memory is memory that others cannot have.
constexpr std::size_t kLargestSlot = 4 * 1024 * 1024;

}  // namespace

Staging::~Staging() {
  for (const Slot& slot : slots_) {
    cudaEventDestroy(slot.sent);
    cudaFreeHost(slot.memory);
  }
}

Staging::Slot& Staging::free_slot(std::size_t bytes) {
  if (slots_.size() < kSlots) {
    Slot slot;
    FAVRAS_CUDA_CHECK(cudaEventCreateWithFlags(&slot.sent, cudaEventDisableTiming));
    slots_.push_back(slot);
    next_ = slots_.size() - 1;
  }
  Slot& slot = slots_[next_];
  next_ = (next_ + 1) % kSlots;
  FAVRAS_CUDA_CHECK(cudaEventSynchronize(slot.sent));
  if (slot.bytes < bytes) {
    FAVRAS_CUDA_CHECK(cudaFreeHost(slot.memory));
    slot.memory = nullptr, slot.bytes = 0;
    const std::size_t size = bytes < kSmallestSlot ? kSmallestSlot : bytes;
    FAVRAS_CUDA_CHECK(cudaMallocHost(&slot.memory, size));
    slot.bytes = size;
  }
  return slot;
}

void Staging::upload(cudaStream_t stream, void* to, const void* from, std::size_t bytes) {
  cudaStreamCaptureStatus status{};
  FAVRAS_CUDA_CHECK(cudaStreamIsCapturing(stream, &status));
  if (status != cudaStreamCaptureStatusNone)
    throw std::logic_error("upload: " + std::to_string(bytes) +
                           " bytes while the stream's work is recorded; every replay would send the same");
  for (std::size_t sent = 0; sent < bytes;) {
    const std::size_t piece = std::min(bytes - sent, kLargestSlot);
    Slot& slot = free_slot(piece);
    std::memcpy(slot.memory, static_cast<const std::byte*>(from) + sent, piece);
    FAVRAS_CUDA_CHECK(cudaMemcpyAsync(static_cast<std::byte*>(to) + sent, slot.memory, piece,
                                      cudaMemcpyHostToDevice, stream));
    FAVRAS_CUDA_CHECK(cudaEventRecord(slot.sent, stream));
    sent += piece;
  }
}

void* allocate(Context&, std::size_t bytes) {
  void* block = nullptr;
  const cudaError_t error = cudaMalloc(&block, bytes);
  if (error == cudaErrorMemoryAllocation) {
    cudaGetLastError();
    return nullptr;
  }
  FAVRAS_CUDA_CHECK(error);
  return block;
}

void release(Context&, void* block) noexcept { cudaFree(block); }

void upload(Context& context, void* to, const void* from, std::size_t bytes) {
  if (bytes > 0) context.staging->upload(context.stream, to, from, bytes);
}

void download(Context& context, void* to, const void* from, std::size_t bytes) {
  if (bytes == 0) return;
  FAVRAS_CUDA_CHECK(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToHost, context.stream));
  FAVRAS_CUDA_CHECK(cudaStreamSynchronize(context.stream));
}

void fill_zero(Context& context, void* to, std::size_t bytes) {
  if (bytes > 0) FAVRAS_CUDA_CHECK(cudaMemsetAsync(to, 0, bytes, context.stream));
}

void wait(Context& context) { FAVRAS_CUDA_CHECK(cudaStreamSynchronize(context.stream)); }

}  // namespace favras::kernels::cuda
