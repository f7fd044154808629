// The vectorised part of softmax on the CPU: one row's exponentials.
#pragma once

#include <cstdint>

namespace favras::kernels::cpu {

template <class T>
struct SoftmaxRow {
  T maximum;  // of x; NaN if x holds one
  T sum;      // of exp(x - maximum); NaN unless the maximum is finite
};

// Also replaces x by exp(x - maximum), or by NaN unless the maximum is finite, if `store`.
template <class T>
SoftmaxRow<T> softmax_row(T* x, std::int64_t size, bool store);

}  // namespace favras::kernels::cpu
