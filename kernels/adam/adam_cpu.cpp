#include <cmath>
#include <cstddef>
#include <limits>

#include "kernels/adam/adam.h"
#include "kernels/adam/adam_step_cpu.h"
#include "kernels/common/blocks_cpu.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/adam/adam_cpu.cpp"
#include <hwy/foreach_target.h>
// foreach_target.h must come before the other Highway headers.
#include <hwy/highway.h>

#include "kernels/common/simd_columns-inl.h"

HWY_BEFORE_NAMESPACE();
namespace favras::kernels::cpu::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// Comparisons, unlike Min and Max, let a NaN through.
template <class V>
HWY_INLINE V clip(V x, V bound) {
  const V low = hn::Neg(bound);
  return hn::IfThenElse(hn::Gt(x, bound), bound, hn::IfThenElse(hn::Lt(x, low), low, x));
}

template <class T>
HWY_INLINE void update(const Adam<T>& a, const AdamStep<T>& s, std::int64_t begin, std::int64_t end) {
  for_columns<T>(static_cast<std::size_t>(end - begin), [&](auto d, std::size_t i) HWY_ATTR {
    const std::size_t at = static_cast<std::size_t>(begin) + i;
    const auto scaled = hn::Mul(hn::LoadU(d, a.gradients + at), hn::Set(d, s.gradient_scale));
    const auto g = clip(scaled, hn::Set(d, s.bound));
    const auto m = hn::MulAdd(hn::Set(d, a.beta1), hn::LoadU(d, a.first_moment + at),
                              hn::Mul(hn::Set(d, T(1) - a.beta1), g));
    const auto v = hn::MulAdd(hn::Set(d, a.beta2), hn::LoadU(d, a.second_moment + at),
                              hn::Mul(hn::Set(d, T(1) - a.beta2), hn::Mul(g, g)));
    const auto root = hn::MulAdd(hn::Sqrt(v), hn::Set(d, s.root_scale), hn::Set(d, a.epsilon));
    const auto p = hn::NegMulAdd(hn::Set(d, s.step_size), hn::Div(m, root), hn::LoadU(d, a.parameters + at));
    hn::StoreU(m, d, a.first_moment + at);
    hn::StoreU(v, d, a.second_moment + at);
    hn::StoreU(p, d, a.parameters + at);
    if (!a.copy) return;
    if constexpr (sizeof(T) == sizeof(float)) {
      store(p, d, a.copy + at);
    } else {
      const hn::Rebind<float, decltype(d)> narrower;
      store(hn::DemoteTo(narrower, p), narrower, a.copy + at);
    }
  });
}

// Highway exports functions, not templates.
void update_float(const Adam<float>& a, const AdamStep<float>& s, std::int64_t begin, std::int64_t end) {
  update(a, s, begin, end);
}
void update_double(const Adam<double>& a, const AdamStep<double>& s, std::int64_t begin, std::int64_t end) {
  update(a, s, begin, end);
}

}  // namespace favras::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace favras::kernels::cpu {
namespace {

HWY_EXPORT(update_float);
HWY_EXPORT(update_double);

auto updater(const Adam<float>&) { return HWY_DYNAMIC_DISPATCH(update_float); }
auto updater(const Adam<double>&) { return HWY_DYNAMIC_DISPATCH(update_double); }

template <class T>
AdamStep<T> step_of(const Adam<T>& a) {
  const auto bias = [&](T beta) {
    return 1 - std::pow(static_cast<double>(beta), static_cast<double>(a.state->step));
  };
  return {.gradient_scale = a.gradient_scale ? *a.gradient_scale : T(1),
          .bound = a.element_clip > T(0) ? a.element_clip : std::numeric_limits<T>::infinity(),
          .step_size = static_cast<T>(a.state->learning_rate / bias(a.beta1)),
          .root_scale = static_cast<T>(1 / std::sqrt(bias(a.beta2)))};
}

}  // namespace

template <class T>
void adam(Context& context, const Adam<T>& a) {
  const AdamStep<T> step = step_of(a);
  for_blocks(context, a.size, kBlockElements,
             [&](std::int64_t begin, std::int64_t end) { updater(a)(a, step, begin, end); });
}

template void adam(Context&, const Adam<float>&);
template void adam(Context&, const Adam<double>&);

}  // namespace favras::kernels::cpu
#endif  // HWY_ONCE
