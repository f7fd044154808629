// The Adam optimizer over a parameter arena, with clipping of the gradients.
#pragma once

#include "engine/parameters.h"
#include "engine/step_state.h"

namespace favras {

struct AdamOptions {
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
  double element_clip = 5.0;  // every gradient element to [-clip, clip]; 0: off
  double norm_clip = 0.0;     // the global norm, before the element clip; 0: off
};

class Adam {
 public:
  Adam(const ParameterArena& arena, AdamOptions options);

  // One update from the arena's gradients; state holds the step (from 1) and the learning rate.
  void step(const DeviceStepState& state);

  // [size] each, zero at first; a checkpoint saves and restores them.
  Tensor& first_moment() { return first_moment_; }
  Tensor& second_moment() { return second_moment_; }
  // [1], of the last step's gradients before clipping; only if norm_clip is on.
  const Tensor& gradient_norm() const { return norm_; }

 private:
  const ParameterArena* arena_;
  AdamOptions options_;
  Tensor first_moment_, second_moment_, norm_, scale_;
};

}  // namespace favras
