// A matrix B [k, n] that many products A B share, laid out once as the CPU at hand reads it fastest where A
// has few rows.
#pragma once

#include <cstdint>

#include "kernels/common/bfloat16.h"
#include "kernels/common/context.h"

namespace favras::kernels::cpu {

// T: float, double, bfloat16.
template <class T>
class PackedMatrix {
 public:
  // How many elements its memory has.
  static std::int64_t elements(std::int64_t k, std::int64_t n);
  // b is [k, n], or [n, k] if transposed. It and the memory must outlive the object.
  PackedMatrix(const Context&, const T* b, bool transposed, std::int64_t k, std::int64_t n, T* memory);
  // C = A B on the calling thread alone: a [m, k], c [m, n], which must not alias another.
  void multiply(const T* a, std::int64_t m, Accumulate<T>* c) const;

 private:
  std::int64_t k_, n_;
  const T* packed_;
};

}  // namespace favras::kernels::cpu
