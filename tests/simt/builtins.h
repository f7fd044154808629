// CUDA's built-in variables and barriers as the emulated build sees them. A barrier's place in the source
// comes through default arguments.
#pragma once

#include <cuda_runtime.h>

#include "tests/simt/barriers.h"
#include "tests/simt/site.h"

// Set whenever another thread runs.
extern uint3 threadIdx, blockIdx;
extern dim3 blockDim, gridDim;
constexpr int warpSize = 32;

inline void __syncthreads(const char* file = __builtin_FILE(), unsigned line = __builtin_LINE()) {
  favras::simt::block_barrier(favras::simt::Collective::kSyncthreads, false, {file, line});
}

inline int __syncthreads_count(int predicate, const char* file = __builtin_FILE(),
                               unsigned line = __builtin_LINE()) {
  return favras::simt::block_barrier(favras::simt::Collective::kSyncthreadsCount, predicate != 0,
                                     {file, line});
}

inline int __syncthreads_or(int predicate, const char* file = __builtin_FILE(),
                            unsigned line = __builtin_LINE()) {
  return __syncthreads_count(predicate, file, line) > 0 ? 1 : 0;
}

inline int __syncthreads_and(int predicate, const char* file = __builtin_FILE(),
                             unsigned line = __builtin_LINE()) {
  return __syncthreads_count(predicate == 0, file, line) == 0 ? 1 : 0;
}

inline void __threadfence(const char* file = __builtin_FILE(), unsigned line = __builtin_LINE()) {
  favras::simt::fence({file, line});
}

inline void __threadfence_block(const char* file = __builtin_FILE(), unsigned line = __builtin_LINE()) {
  favras::simt::fence({file, line});
}
