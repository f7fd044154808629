// Elementwise passes over one row that several operations share, vectorised for the CPU at hand.
#pragma once

#include <cstdint>

namespace favras::kernels::cpu {

// y += x
template <class T>
void add_row(const T* x, std::int64_t size, T* y);

// y = scale * x; y may be x
template <class T>
void multiply_row(const T* scale, const T* x, std::int64_t size, T* y);

// y *= factor
template <class T>
void scale_row(T factor, std::int64_t size, T* y);

}  // namespace favras::kernels::cpu
