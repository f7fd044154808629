// Adam (Kingma and Ba, ICLR 2015, algorithm 1), epsilon outside the root as PyTorch writes it, over one
// flat arena of parameters:
//   g = clip(gradient * *gradient_scale, -clip, clip)
//   m = b1 m + (1 - b1) g          v = b2 v + (1 - b2) g^2
//   p -= lr * (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + epsilon)
#pragma once

#include <cstdint>

#include "kernels/common/bfloat16.h"
#include "kernels/common/context.h"
#include "kernels/common/step_state.h"

namespace favras::kernels {

template <class T>
struct Adam {
  std::int64_t size = 0;
  T* parameters = nullptr;            // in/out: [size]
  const T* gradients = nullptr;       // in: [size]
  T* first_moment = nullptr;          // in/out: [size], zero before step 1
  T* second_moment = nullptr;         // in/out: [size], zero before step 1
  const T* gradient_scale = nullptr;  // in: [1], or null for 1; from clip_scale() for a global-norm clip
  T element_clip = 0;                 // bound of every gradient element; 0: no bound
  T beta1 = T(0.9), beta2 = T(0.999), epsilon = T(1e-8);
  const StepState* state = nullptr;  // in: step t (>= 1) and learning rate
  bfloat16* copy = nullptr;          // out: [size], the new parameters rounded, for products; null for none
};

namespace cpu {
template <class T>
void adam(Context&, const Adam<T>&);
}  // namespace cpu

namespace cuda {
template <class T>
void adam(Context&, const Adam<T>&);
}  // namespace cuda

}  // namespace favras::kernels
