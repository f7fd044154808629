// What is the same for every element of one step of Adam on the CPU.
#pragma once

namespace favras::kernels::cpu {

template <class T>
struct AdamStep {
  T gradient_scale;
  T bound;       // of an element of the gradient; infinite for none
  T step_size;   // lr / (1 - b1^t)
  T root_scale;  // 1 / sqrt(1 - b2^t)
};

}  // namespace favras::kernels::cpu
