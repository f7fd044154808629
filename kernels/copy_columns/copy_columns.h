// to[r, c] = from[r, c] for c < columns, in matrices that may be wider: how arrays are put side by side along
// their last axis, and taken apart again.
#pragma once

#include <cstdint>

#include "kernels/common/bfloat16.h"
#include "kernels/common/context.h"

namespace favras::kernels {

template <class T>
struct CopyColumns {
  std::int64_t rows = 0, columns = 0;
  std::int64_t from_width = 0, to_width = 0;  // elements from one row to the next; at least columns
  const T* from = nullptr;                    // in: [rows, from_width]
  T* to = nullptr;                            // out: [rows, to_width]; must not alias from
};

// T: float, double, bfloat16.
namespace cpu {
template <class T>
void copy_columns(Context&, const CopyColumns<T>&);
}  // namespace cpu

namespace cuda {
template <class T>
void copy_columns(Context&, const CopyColumns<T>&);
}  // namespace cuda

}  // namespace favras::kernels
