// Learning rate by step: any function of the step number (from 1) will do; these are the usual ones.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <numbers>

namespace favras {

using LearningRateSchedule = std::function<double(std::uint64_t step)>;

inline LearningRateSchedule constant_rate(double rate) {
  return [=](std::uint64_t) { return rate; };
}

// Linear from rate / warmup at step 1 to the inner schedule after `warmup` steps.
inline LearningRateSchedule with_warmup(std::uint64_t warmup, LearningRateSchedule inner) {
  return [=](std::uint64_t step) {
    const double share = warmup == 0 ? 1.0 : static_cast<double>(step) / static_cast<double>(warmup);
    return std::min(1.0, share) * inner(step);
  };
}

// Half a cosine from `rate` at step 0 to `floor` at `steps`, then flat (Loshchilov and Hutter, ICLR 2017).
inline LearningRateSchedule cosine_decay(double rate, double floor, std::uint64_t steps) {
  return [=](std::uint64_t step) {
    const double share =
        std::min(1.0, static_cast<double>(step) / static_cast<double>(std::max<std::uint64_t>(steps, 1)));
    return floor + (rate - floor) * 0.5 * (1.0 + std::cos(std::numbers::pi * share));
  };
}

// A straight line from `rate` at step 0 to `floor` at `steps`, then flat.
inline LearningRateSchedule linear_decay(double rate, double floor, std::uint64_t steps) {
  return [=](std::uint64_t step) {
    const double share =
        std::min(1.0, static_cast<double>(step) / static_cast<double>(std::max<std::uint64_t>(steps, 1)));
    return floor + (rate - floor) * (1.0 - share);
  };
}

}  // namespace favras
