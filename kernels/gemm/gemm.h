// Matrix product, row-major:  C = op(A) op(B) + beta C,  op(X) = X or its transpose.
#pragma once

#include <cstdint>

#include "kernels/common/bfloat16.h"
#include "kernels/common/context.h"

namespace favras::kernels {

// Sums are of type Accumulate<T> whatever C stores.
template <class T, class TC = T>
struct Gemm {
  std::int64_t m = 0, n = 0, k = 0;  // C is [m, n]; op(A) [m, k]; op(B) [k, n]; zero is allowed
  const T* a = nullptr;              // in: [m, k], or [k, m] if transpose_a
  const T* b = nullptr;              // in: [k, n], or [n, k] if transpose_b
  TC* c = nullptr;                   // in/out: [m, n]; must not alias a or b; not read if beta is 0
  bool transpose_a = false, transpose_b = false;
  Accumulate<T> beta = 0;  // 0: overwrite, 1: accumulate
};

namespace cpu {
// Inside an OpenMP parallel region it runs on the calling thread alone; outside it uses all threads.
// float and bfloat16 go to oneDNN; double, which oneDNN lacks, to a blocked loop of our own. (T, TC): as
// below.
template <class T, class TC>
void gemm(Context&, const Gemm<T, TC>&);
}  // namespace cpu

namespace cuda {
// By cuBLASLt, the same bits every time on the same GPU. (T, TC): (float, float), (double, double),
// (bfloat16, bfloat16), (bfloat16, float).
template <class T, class TC>
void gemm(Context&, const Gemm<T, TC>&);
}  // namespace cuda

}  // namespace favras::kernels
