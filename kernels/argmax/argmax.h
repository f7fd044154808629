// The column of the largest value of every row; the lowest column wins a tie. A row that holds a NaN
// gives the column of its first NaN, as PyTorch does, so that a broken model is not mistaken for a sane one.
#pragma once

#include <cstdint>

#include "kernels/common/context.h"

namespace favras::kernels {

template <class T>
struct Argmax {
  std::int64_t rows = 0, columns = 0;  // columns >= 1
  const T* x = nullptr;                // in: [rows, columns]
  std::int32_t* index = nullptr;       // out: [rows]
};

namespace cpu {
template <class T>
void argmax(Context&, const Argmax<T>&);
}  // namespace cpu

namespace cuda {
template <class T>
void argmax(Context&, const Argmax<T>&);
}  // namespace cuda

}  // namespace favras::kernels
