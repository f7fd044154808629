// Copies between host and device memory, and zeroing. Null pointers are allowed when bytes is 0.
#pragma once

#include <cstddef>

#include "kernels/common/context.h"

namespace favras::kernels {

namespace cpu {
void upload(Context&, void* to, const void* from, std::size_t bytes);
void download(Context&, void* to, const void* from, std::size_t bytes);
void fill_zero(Context&, void* to, std::size_t bytes);
}  // namespace cpu

namespace cuda {
// Returns when `from` may be reused: the bytes have gone to pinned memory, from where they travel in the
// stream's order. Not to be captured into a graph, which would send the same bytes for ever.
void upload(Context&, void* to, const void* from, std::size_t bytes);
// Waits for the stream.
void download(Context&, void* to, const void* from, std::size_t bytes);
void fill_zero(Context&, void* to, std::size_t bytes);
}  // namespace cuda

}  // namespace favras::kernels
