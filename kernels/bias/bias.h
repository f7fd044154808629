// A bias row under every row of a matrix, and its gradient.
#pragma once

#include <cstdint>

#include "kernels/common/bfloat16.h"
#include "kernels/common/context.h"

namespace favras::kernels {

// y[r, c] += bias[c]
template <class T>
struct BiasForward {
  std::int64_t rows = 0, columns = 0;
  const T* bias = nullptr;  // in: [columns]
  T* y = nullptr;           // in/out: [rows, columns]
};

// d_bias[c] = beta * d_bias[c] + sum over r of dy[r, c], added in row order on the CPU, and on CUDA in an
// order that the number of rows alone decides.
template <class T>
struct BiasBackward {
  std::int64_t rows = 0, columns = 0;
  const T* dy = nullptr;            // in: [rows, columns]
  Accumulate<T>* d_bias = nullptr;  // in/out: [columns]
  Accumulate<T> beta = 0;
};

namespace cpu {
template <class T>
void bias_forward(Context&, const BiasForward<T>&);
template <class T>
void bias_backward(Context&, const BiasBackward<T>&);
}  // namespace cpu

namespace cuda {
template <class T>
void bias_forward(Context&, const BiasForward<T>&);
template <class T>
void bias_backward(Context&, const BiasBackward<T>&);
}  // namespace cuda

}  // namespace favras::kernels
