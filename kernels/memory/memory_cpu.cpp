#include <cstdlib>
#include <cstring>

#include "kernels/memory/memory.h"

namespace favras::kernels::cpu {

void* allocate(Context&, std::size_t bytes) {
  constexpr std::size_t kAlignment = 64;
  return std::aligned_alloc(kAlignment, (bytes + kAlignment - 1) / kAlignment * kAlignment);
}

void release(Context&, void* block) noexcept { std::free(block); }

void upload(Context&, void* to, const void* from, std::size_t bytes) {
  if (bytes > 0) std::memcpy(to, from, bytes);
}

void download(Context&, void* to, const void* from, std::size_t bytes) {
  if (bytes > 0) std::memcpy(to, from, bytes);
}

void fill_zero(Context&, void* to, std::size_t bytes) {
  if (bytes > 0) std::memset(to, 0, bytes);
}

void wait(Context&) {}

}  // namespace favras::kernels::cpu
