#include "engine/adam.h"

#include "engine/dispatch.h"
#include "kernels/adam/adam.h"
#include "kernels/norm/norm.h"

namespace favras {

Adam::Adam(const ParameterArena& arena, AdamOptions options)
    : arena_(&arena),
      options_(options),
      first_moment_(Tensor::zeros({arena.size()}, arena.dtype(), arena.device())),
      second_moment_(Tensor::zeros({arena.size()}, arena.dtype(), arena.device())),
      norm_(Tensor::zeros({1}, arena.dtype(), arena.device())),
      scale_(Tensor::zeros({1}, arena.dtype(), arena.device())) {}

void Adam::step(const DeviceStepState& state) {
  dispatch_full(arena_->device(), arena_->dtype(), [&](auto& context, auto zero) {
    using T = decltype(zero);
    const bool clip_norm = options_.norm_clip > 0;
    if (clip_norm)
      clip_scale(context, kernels::ClipScale<T>{.size = arena_->size(),
                                                .x = arena_->gradients().template data<T>(),
                                                .maximum = T(options_.norm_clip),
                                                .norm = norm_.data<T>(),
                                                .scale = scale_.data<T>()});
    adam(context, kernels::Adam<T>{.size = arena_->size(),
                                   .parameters = arena_->values().template data<T>(),
                                   .gradients = arena_->gradients().template data<T>(),
                                   .first_moment = first_moment_.data<T>(),
                                   .second_moment = second_moment_.data<T>(),
                                   .gradient_scale = clip_norm ? scale_.data<T>() : nullptr,
                                   .element_clip = T(options_.element_clip),
                                   .beta1 = T(options_.beta1),
                                   .beta2 = T(options_.beta2),
                                   .epsilon = T(options_.epsilon),
                                   .state = state.pointer(),
                                   .copy = arena_->copies().template data<kernels::bfloat16>()});
  });
}

}  // namespace favras
