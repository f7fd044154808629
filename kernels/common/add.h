// y += x: how gradients from several consumers of one value come together.
#pragma once

#include <cstdint>

#include "kernels/common/context.h"

namespace favras::kernels {

template <class T>
struct Add {
  std::int64_t size = 0;
  const T* x = nullptr;  // in: [size]
  T* y = nullptr;        // in/out: [size]
};

namespace cpu {
template <class T>
void add(Context& context, const Add<T>& arguments) {
#pragma omp parallel for simd num_threads(context.threads) schedule(static) if (arguments.size > 65536)
  for (std::int64_t i = 0; i < arguments.size; ++i) arguments.y[i] += arguments.x[i];
}
}  // namespace cpu

}  // namespace favras::kernels
