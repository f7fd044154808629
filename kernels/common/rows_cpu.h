// Elementwise passes over one row that several operations share, vectorised for the CPU at hand.
#pragma once

#include <cstdint>

#include "kernels/common/bfloat16.h"

namespace favras::kernels::cpu {

// y += x. Y is X, or Accumulate<X>.
template <class X, class Y>
void add_row(const X* x, std::int64_t size, Y* y);

// y = scale * x; y may be x
template <class T>
void multiply_row(const Accumulate<T>* scale, const T* x, std::int64_t size, T* y);

// y *= factor
template <class T>
void scale_row(Accumulate<T> factor, std::int64_t size, T* y);

// y = x, to the nearest: from bfloat16 to float or back
template <class From, class To>
void convert_row(const From* x, std::int64_t size, To* y);

}  // namespace favras::kernels::cpu
