// Rows of a batch between the order of time and of the steps in which an LSTM walks them, either way, in
// device memory: step s of batch row b is time s, or with reverse time lengths[b] - 1 - s.
#pragma once

#include <cstdint>

#include "kernels/common/bfloat16.h"
#include "kernels/common/context.h"

namespace favras::kernels::cuda {

template <class T>
struct ReorderRows {
  std::int64_t time = 0, batch = 0, columns = 0;
  bool reverse = false;
  const std::int32_t* lengths = nullptr;  // in: [B], each in [0, T]
  const T* from = nullptr;                // in: [T, B, columns], not read past the rows' ends
  T* to = nullptr;                        // out: [T, B, columns]; must not alias from
  T past_end = {};                        // what rows of `to` past the ends are filled with
};

// T: float, double, bfloat16, std::int32_t.
template <class T>
void reorder_rows(Context&, const ReorderRows<T>&);

}  // namespace favras::kernels::cuda
