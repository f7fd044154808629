#include "engine/weight_average.h"

#include <exception>
#include <stdexcept>
#include <vector>

#include <fmt/format.h>

#include "engine/dispatch.h"
#include "kernels/moving_average/moving_average.h"

namespace favras {
namespace {

using Bytes = std::vector<std::byte>;

Bytes bytes_of(const Tensor& tensor) {
  Bytes bytes(tensor.bytes());
  tensor.copy_to_host(bytes.data(), bytes.size());
  return bytes;
}

void set_values(ParameterArena& arena, const Bytes& bytes) {
  Tensor values = arena.values();
  values.copy_from_host(bytes.data(), bytes.size());
  arena.refresh_copies();
}

}  // namespace

WeightAverage::WeightAverage(ParameterArena& arena, double decay) : arena_(&arena), decay_(decay) {
  if (!(decay >= 0.0 && decay < 1.0))
    throw std::invalid_argument(
        fmt::format("the decay of averaged weights must be in [0, 1), got {}", decay));
  if (!exists()) return;
  values_ = Tensor({arena.size()}, arena.dtype(), arena.device());
  restart();
}

void WeightAverage::update(const DeviceStepState& state) {
  if (!exists()) return;
  dispatch_full(arena_->device(), arena_->dtype(), [&](auto& context, auto zero) {
    using T = decltype(zero);
    moving_average(context, kernels::MovingAverage<T>{.size = arena_->size(),
                                                      .decay = static_cast<T>(decay_),
                                                      .state = state.pointer(),
                                                      .x = arena_->values().template data<T>(),
                                                      .average = values_.data<T>()});
  });
}

void WeightAverage::restart() {
  if (!exists()) return;
  const Bytes bytes = bytes_of(arena_->values());
  values_.copy_from_host(bytes.data(), bytes.size());
}

void WeightAverage::use(const std::function<void()>& body) {
  if (!exists()) return body();
  const Bytes own = bytes_of(arena_->values());
  set_values(*arena_, bytes_of(values_));
  try {
    body();
  } catch (...) {
    try {
      set_values(*arena_, own);
    } catch (const std::exception&) {  // the device has failed, and the first to notice says so
    }
    throw;
  }
  set_values(*arena_, own);
}

}  // namespace favras
