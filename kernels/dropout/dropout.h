// Inverted dropout (Srivastava et al., JMLR 2014) with a mask drawn from Philox, never stored:
//   y = x * scale,  scale = 1/keep with probability keep, else 0.
#pragma once

#include <cmath>
#include <cstdint>

#include "kernels/common/bfloat16.h"
#include "kernels/common/context.h"
#include "kernels/common/step_state.h"

namespace favras::kernels {

// Which mask. Element (row, column) of a [rows, columns] activation takes word `column % 4` of
// philox_at(state->seed, state->step, stream, row * ceil(columns / 4) + column / 4)
// and is kept if that word is below keep * 2^32.
struct DropoutMask {
  float keep = 1.0f;                 // in (0, 1]; 1 keeps everything and draws nothing
  std::uint32_t stream = 0;          // one number per dropout site of a model
  const StepState* state = nullptr;  // in: in the device's memory; may be null if keep is 1
};

// The draw below which an element is kept.
inline std::uint64_t dropout_threshold(float keep) {
  return static_cast<std::uint64_t>(std::floor(static_cast<double>(keep) * 4294967296.0));
}

// Forward and backward are the same product: y = scale * x, and dx = scale * dy.
template <class T>
struct Dropout {
  std::int64_t rows = 0, columns = 0;
  DropoutMask mask;
  const T* x = nullptr;  // in: [rows, columns]
  T* y = nullptr;        // out: [rows, columns]; may be x
};

namespace cpu {
template <class T>
void dropout(Context&, const Dropout<T>&);
}  // namespace cpu

namespace cuda {
template <class T>
void dropout(Context&, const Dropout<T>&);
}  // namespace cuda

}  // namespace favras::kernels
