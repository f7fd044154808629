// The hyperbolic tangent of every element:
//   y = tanh(x)          dx = dy (1 - y^2)
#pragma once

#include <cstdint>

#include "kernels/common/bfloat16.h"
#include "kernels/common/context.h"

namespace favras::kernels {

template <class T>
struct TanhForward {
  std::int64_t size = 0;
  const T* x = nullptr;  // in: [size]
  T* y = nullptr;        // out: [size]; may be x
};

template <class T>
struct TanhBackward {
  std::int64_t size = 0;
  const T* y = nullptr;   // in: [size]
  const T* dy = nullptr;  // in: [size]
  T* dx = nullptr;        // out: [size]; may be dy
};

namespace cpu {
template <class T>
void tanh_forward(Context&, const TanhForward<T>&);
template <class T>
void tanh_backward(Context&, const TanhBackward<T>&);
}  // namespace cpu

namespace cuda {
template <class T>
void tanh_forward(Context&, const TanhForward<T>&);
template <class T>
void tanh_backward(Context&, const TanhBackward<T>&);
}  // namespace cuda

}  // namespace favras::kernels
