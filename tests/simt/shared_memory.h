// Shared memory: a heap block for every array of every CUDA block, so that AddressSanitizer knows its
// exact bounds; filled with NaN.
#pragma once

#include <cstddef>

namespace favras::simt {

struct Block;

// The running block's array of that key, made at the first call.
void* shared_array(const void* key, std::size_t bytes);
// The running block's dynamic shared memory.
void* dynamic_shared_memory();

std::byte* allocate_shared(Block& block, const void* key, std::size_t bytes);
void free_shared(Block& block);

}  // namespace favras::simt
