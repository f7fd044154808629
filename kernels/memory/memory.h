// Device memory: taken from the system and given back, copied to and from, zeroed. Null pointers are allowed
// when bytes is 0.
#pragma once

#include <cstddef>

#include "kernels/common/context.h"

namespace favras::kernels {

namespace cpu {
// 64-byte aligned, contents undefined; null where there is no more.
void* allocate(Context&, std::size_t bytes);
void release(Context&, void* block) noexcept;
void upload(Context&, void* to, const void* from, std::size_t bytes);
void download(Context&, void* to, const void* from, std::size_t bytes);
void fill_zero(Context&, void* to, std::size_t bytes);
void wait(Context&);  // nothing to wait for
}  // namespace cpu

namespace cuda {
// 256-byte aligned, contents undefined; null where there is no more.
void* allocate(Context&, std::size_t bytes);
// Waits for the device, which may still use the block.
void release(Context&, void* block) noexcept;
// Returns when `from` may be reused: the bytes have gone to pinned memory, from where they travel in the
// stream's order. Not to be captured into a graph, which would send the same bytes for ever.
void upload(Context&, void* to, const void* from, std::size_t bytes);
// Waits for the stream.
void download(Context&, void* to, const void* from, std::size_t bytes);
void fill_zero(Context&, void* to, std::size_t bytes);
// Until all that the stream was asked for is done. Throws what went wrong there.
void wait(Context&);
}  // namespace cuda

}  // namespace favras::kernels
