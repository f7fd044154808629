// Kernels that take the rows of a matrix one by one: short rows get a warp each, long ones a block.
#pragma once

#include <cstdint>

#include "kernels/common/cuda_check.h"
#include "kernels/common/grid_cuda.h"

namespace favras::kernels::cuda {

// Columns from which a row is worth a block, not a warp.
inline constexpr std::int64_t kLongRow = 1024;

// Both kernels in blocks of kThreads; x counts the threads of a row (32 or kThreads), y the rows of a block.
template <class Arguments>
void launch_over_rows(const Context& context, void (*short_rows)(Arguments), void (*long_rows)(Arguments),
                      std::int64_t rows, std::int64_t columns, const Arguments& arguments) {
  const bool is_long = columns >= kLongRow;
  const unsigned threads = is_long ? kThreads : 32, rows_a_block = kThreads / threads;
  FAVRAS_CUDA_CHECK(launch(is_long ? long_rows : short_rows, blocks_for(context, rows, rows_a_block),
                           dim3(threads, rows_a_block), 0, context.stream, arguments));
}

}  // namespace favras::kernels::cuda
