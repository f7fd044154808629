// A parallel loop over blocks of fixed size: where a block starts depends on no thread count, so neither
// do the results, and an array of one block costs no fork.
#pragma once

#include <algorithm>
#include <cstdint>

#include "kernels/common/context.h"

namespace favras::kernels::cpu {

// body(begin, end) for each block of [0, size); body must not throw.
template <class Body>
void for_blocks(const Context& context, std::int64_t size, std::int64_t block, const Body& body) {
  const std::int64_t blocks = (size + block - 1) / block;
#pragma omp parallel for num_threads(context.threads) schedule(static) if (blocks > 1)
  for (std::int64_t i = 0; i < blocks; ++i) body(i * block, std::min(size, (i + 1) * block));
}

// Elements worth a thread of their own.
inline constexpr std::int64_t kBlockElements = 16384;

// Columns worth a thread of their own in a sum down the rows: enough for one row's share to be read in
// one run, few enough for the sums to stay in the first-level cache.
inline constexpr std::int64_t kStripe = 256;

// The same over the rows of a matrix, as many rows a block as make up kBlockElements.
template <class Body>
void for_row_blocks(const Context& context, std::int64_t rows, std::int64_t columns, const Body& body) {
  for_blocks(context, rows, std::max<std::int64_t>(1, kBlockElements / std::max<std::int64_t>(1, columns)),
             body);
}

}  // namespace favras::kernels::cpu
