// The mean of an array over the steps of a training, newer ones weighing more (Polyak and Juditsky, SIAM
// Journal on Control and Optimization, 1992), at first the plain mean of all steps:
//   average += max(1 - decay, 1 / t) (x - average)
#pragma once

#include <algorithm>
#include <cstdint>

#include "kernels/common/context.h"
#include "kernels/common/step_state.h"

namespace favras::kernels {

template <class T>
struct MovingAverage {
  std::int64_t size = 0;
  T decay = 0;                       // in [0, 1)
  const StepState* state = nullptr;  // in: step t (>= 1)
  const T* x = nullptr;              // in: [size]
  T* average = nullptr;              // in/out: [size], x itself after step 1; must not alias x
};

namespace cpu {
template <class T>
void moving_average(Context&, const MovingAverage<T>&);
}  // namespace cpu

namespace cuda {
template <class T>
void moving_average(Context&, const MovingAverage<T>&);
}  // namespace cuda

}  // namespace favras::kernels
