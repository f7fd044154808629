// Rows of a table by index, and the gradient of the table.
#pragma once

#include <cstdint>

#include "kernels/common/bfloat16.h"
#include "kernels/common/context.h"

namespace favras::kernels {

// y[r, :] = table[ids[r], :]
template <class T>
struct EmbeddingForward {
  std::int64_t rows = 0, vocabulary = 0, columns = 0;
  const std::int32_t* ids = nullptr;  // in: [rows], each in [0, vocabulary): the caller has checked
  const T* table = nullptr;           // in: [vocabulary, columns]
  T* y = nullptr;                     // out: [rows, columns]
};

// d_table[v, :] = beta * d_table[v, :] + sum over {r : ids[r] = v} of dy[r, :], added in row order,
// so the result has the same bits for any number of threads. A negative id is skipped.
template <class T>
struct EmbeddingBackward {
  std::int64_t rows = 0, vocabulary = 0, columns = 0;
  const std::int32_t* ids = nullptr;  // in: [rows]
  const T* dy = nullptr;              // in: [rows, columns]
  Accumulate<T>* d_table = nullptr;   // in/out: [vocabulary, columns]
  Accumulate<T> beta = 0;
};

namespace cpu {
template <class T>
void embedding_forward(Context&, const EmbeddingForward<T>&);
template <class T>
void embedding_backward(Context&, const EmbeddingBackward<T>&);
}  // namespace cpu

namespace cuda {
template <class T>
void embedding_forward(Context&, const EmbeddingForward<T>&);
template <class T>
void embedding_backward(Context&, const EmbeddingBackward<T>&);
}  // namespace cuda

}  // namespace favras::kernels
