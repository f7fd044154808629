// What is done to every element of flat arrays alike.
#pragma once

#include <cstdint>

#include "kernels/common/bfloat16.h"
#include "kernels/common/context.h"

namespace favras::kernels {

// x = value
template <class T>
struct Fill {
  std::int64_t size = 0;
  Accumulate<T> value = 0;
  T* x = nullptr;  // out: [size]
};

// y += x: how gradients from several consumers of one value come together.
template <class T>
struct Add {
  std::int64_t size = 0;
  const T* x = nullptr;  // in: [size]
  T* y = nullptr;        // in/out: [size]
};

// y = x in another type, to the nearest.
template <class From, class To>
struct Convert {
  std::int64_t size = 0;
  const From* x = nullptr;  // in: [size]
  To* y = nullptr;          // out: [size]; must not alias x
};

namespace cpu {
template <class T>
void fill(Context&, const Fill<T>&);
template <class T>
void add(Context&, const Add<T>&);
// From float to bfloat16 and back.
template <class From, class To>
void convert(Context&, const Convert<From, To>&);
}  // namespace cpu

namespace cuda {
template <class T>
void fill(Context&, const Fill<T>&);
template <class T>
void add(Context&, const Add<T>&);
// From float to bfloat16 and back.
template <class From, class To>
void convert(Context&, const Convert<From, To>&);
}  // namespace cuda

}  // namespace favras::kernels
