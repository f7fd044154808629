// Matrix product, row-major:  C = op(A) op(B) + beta C,  op(X) = X or its transpose.
#pragma once

#include <cstdint>

#include "kernels/common/context.h"

namespace favras::kernels {

template <class T>
struct Gemm {
  std::int64_t m = 0, n = 0, k = 0;  // C is [m, n]; op(A) [m, k]; op(B) [k, n]; zero is allowed
  const T* a = nullptr;              // in: [m, k], or [k, m] if transpose_a
  const T* b = nullptr;              // in: [k, n], or [n, k] if transpose_b
  T* c = nullptr;                    // in/out: [m, n]; must not alias a or b; not read if beta is 0
  bool transpose_a = false, transpose_b = false;
  T beta = 0;                        // 0: overwrite, 1: accumulate
};

namespace cpu {
// Inside an OpenMP parallel region it runs on the calling thread alone; outside it uses all threads.
// float goes to oneDNN; double, which oneDNN lacks, to a blocked loop of our own. T: float, double.
template <class T>
void gemm(Context&, const Gemm<T>&);
}  // namespace cpu

}  // namespace favras::kernels
