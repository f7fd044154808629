// Ordinary CUDA code, to show that the same source runs emulated and compiles with nvcc. Pointers are to
// device memory.
#pragma once

#include <cuda_runtime.h>

namespace favras::simt_examples {

// sums[block] = the sum of `count` floats that falls to each of `blocks` blocks: a tree in shared memory.
cudaError_t block_sums(const float* values, unsigned count, float* sums, unsigned blocks,
                       cudaStream_t stream);

// sums[w] = the sum of values[32 w ... 32 w + 31], by shuffles; `warps` a multiple of 4.
cudaError_t warp_sums(const int* values, unsigned warps, int* sums, cudaStream_t stream);

// Softmax of each row of values[rows, columns]; the row is kept in dynamic shared memory.
cudaError_t softmax(const float* values, unsigned rows, unsigned columns, float* result, cudaStream_t stream);

// to[columns, rows] = from[rows, columns] transposed, through a tile in shared memory.
cudaError_t transpose(const float* from, unsigned rows, unsigned columns, float* to, cudaStream_t stream);

// Divides `count` values by their sum, in place: one cooperative launch, partial[blocks] as scratch.
cudaError_t normalise(float* values, unsigned count, float* partial, unsigned blocks, cudaStream_t stream);

// *sum = the sum of all values, added up by whichever block finishes last; *finished is 0 before and after.
cudaError_t last_block_sum(const float* values, unsigned count, float* partial, unsigned* finished,
                           float* sum, unsigned blocks, cudaStream_t stream);

// Inclusive prefix sums of values[128 blocks]; each block waits for the flag of the one before. A
// cooperative launch; flags[blocks] are 0 before, `carried`[blocks] is scratch.
cudaError_t prefix_sums(const int* values, int* result, int* carried, unsigned* flags, unsigned blocks,
                        cudaStream_t stream);

}  // namespace favras::simt_examples
