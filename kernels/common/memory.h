// Copies between host and device memory, and zeroing.
#pragma once

#include <cstddef>
#include <cstring>

#include "kernels/common/context.h"

namespace favras::kernels::cpu {

// Null pointers are allowed when bytes is 0.
inline void upload(Context&, void* to, const void* from, std::size_t bytes) {
  if (bytes > 0) std::memcpy(to, from, bytes);
}
inline void download(Context&, void* to, const void* from, std::size_t bytes) {
  if (bytes > 0) std::memcpy(to, from, bytes);
}
inline void fill_zero(Context&, void* to, std::size_t bytes) {
  if (bytes > 0) std::memset(to, 0, bytes);
}

}  // namespace favras::kernels::cpu
