// A matrix B [k, n] that many products A B share, laid out once as the CPU at hand reads it fastest: a
// product of few rows would spend much of its time on that.
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
  // b is [k, n], or [n, k] if transposed. The memory must outlive the result, and so must b unless it is
  // transposed.
  static PackedMatrix pack(const Context&, const T* b, bool transposed, std::int64_t k, std::int64_t n,
                           T* memory);
  // Of memory that pack() wrote for a transposed b.
  PackedMatrix(std::int64_t k, std::int64_t n, const T* memory) : k_(k), n_(n), packed_(memory) {}

  // C = A B on the calling thread alone: a [m, k], c [m, n], which must not alias another. TC: T or
  // Accumulate<T>.
  template <class TC>
  void multiply(const T* a, std::int64_t m, TC* c) const;

 private:
  std::int64_t k_, n_;
  const T* packed_;
};

}  // namespace favras::kernels::cpu
