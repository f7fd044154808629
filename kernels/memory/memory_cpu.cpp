#include "kernels/memory/memory.h"

#include <cstring>

namespace favras::kernels::cpu {

void upload(Context&, void* to, const void* from, std::size_t bytes) {
  if (bytes > 0) std::memcpy(to, from, bytes);
}

void download(Context&, void* to, const void* from, std::size_t bytes) {
  if (bytes > 0) std::memcpy(to, from, bytes);
}

void fill_zero(Context&, void* to, std::size_t bytes) {
  if (bytes > 0) std::memset(to, 0, bytes);
}

}  // namespace favras::kernels::cpu
