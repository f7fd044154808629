// The moving average of an arena's values over the steps of a training (kernels/moving_average), often better
// than the values themselves, and its use in their place.
#pragma once

#include <functional>

#include "engine/parameters.h"
#include "engine/step_state.h"

namespace favras {

class WeightAverage {
 public:
  // decay in [0, 1); 0: there is none, and nothing below does anything but call the body.
  WeightAverage(ParameterArena& arena, double decay);

  bool exists() const { return decay_ > 0.0; }
  // After the optimizer's step, which state names.
  void update(const DeviceStepState& state);
  const Tensor& values() const { return values_; }  // [size of the arena], or none
  // The values of now become the average: of what was loaded.
  void restart();
  // Calls body() while the arena's values are the average.
  void use(const std::function<void()>& body);

 private:
  ParameterArena* arena_;
  double decay_;
  Tensor values_;
};

}  // namespace favras
