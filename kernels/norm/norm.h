// The Euclidean norm of a flat array, and the factor that clips it (Pascanu et al., ICML 2013).
#pragma once

#include <cstdint>

#include "kernels/common/context.h"

namespace favras::kernels {

// *norm = sqrt(sum x^2), summed in double: on the CPU over blocks of fixed size, blocks in order, the same
// bits for any number of threads; on CUDA over a tree that size and alignment of x alone decide, the same
// bits on any device.  *scale = min(1, maximum / *norm), or 1 if maximum is 0.
// A NaN or infinity in x makes both NaN or the norm infinite: it is never hidden.
template <class T>
struct ClipScale {
  std::int64_t size = 0;
  const T* x = nullptr;  // in: [size]
  T maximum = 0;         // the norm to clip to; 0: do not clip
  T* norm = nullptr;     // out: [1]
  T* scale = nullptr;    // out: [1]
};

namespace cpu {
template <class T>
void clip_scale(Context&, const ClipScale<T>&);
}  // namespace cpu

namespace cuda {
template <class T>
void clip_scale(Context&, const ClipScale<T>&);
}  // namespace cuda

}  // namespace favras::kernels
