#include <cstddef>

#include "kernels/common/blocks_cpu.h"
#include "kernels/tanh/tanh.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/tanh/tanh_cpu.cpp"
#include <hwy/foreach_target.h>
// foreach_target.h must come before the other Highway headers.
#include <hwy/highway.h>

#include "kernels/common/simd_columns-inl.h"
#include "kernels/common/simd_tanh-inl.h"

HWY_BEFORE_NAMESPACE();
namespace favras::kernels::cpu::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

template <class T>
HWY_INLINE void forward(const T* x, std::int64_t size, T* y) {
  for_columns<Accumulate<T>>(static_cast<std::size_t>(size), [&](auto d, std::size_t i) HWY_ATTR {
    store(tanh(d, load(d, x + i)), d, y + i);
  });
}

template <class T>
HWY_INLINE void backward(const T* y, const T* dy, std::int64_t size, T* dx) {
  for_columns<Accumulate<T>>(static_cast<std::size_t>(size), [&](auto d, std::size_t i) HWY_ATTR {
    const auto value = load(d, y + i);
    const auto slope = hn::NegMulAdd(value, value, hn::Set(d, Accumulate<T>(1)));
    store(hn::Mul(load(d, dy + i), slope), d, dx + i);
  });
}

// Highway exports functions, not templates.
using half = bfloat16;
void forward_float(const float* x, std::int64_t size, float* y) { forward(x, size, y); }
void forward_double(const double* x, std::int64_t size, double* y) { forward(x, size, y); }
void forward_half(const half* x, std::int64_t size, half* y) { forward(x, size, y); }
void backward_float(const float* y, const float* dy, std::int64_t size, float* dx) {
  backward(y, dy, size, dx);
}
void backward_double(const double* y, const double* dy, std::int64_t size, double* dx) {
  backward(y, dy, size, dx);
}
void backward_half(const half* y, const half* dy, std::int64_t size, half* dx) { backward(y, dy, size, dx); }

}  // namespace favras::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace favras::kernels::cpu {
namespace {

HWY_EXPORT(forward_float);
HWY_EXPORT(forward_double);
HWY_EXPORT(forward_half);
HWY_EXPORT(backward_float);
HWY_EXPORT(backward_double);
HWY_EXPORT(backward_half);

auto forward_of(float) { return HWY_DYNAMIC_DISPATCH(forward_float); }
auto forward_of(double) { return HWY_DYNAMIC_DISPATCH(forward_double); }
auto forward_of(bfloat16) { return HWY_DYNAMIC_DISPATCH(forward_half); }
auto backward_of(float) { return HWY_DYNAMIC_DISPATCH(backward_float); }
auto backward_of(double) { return HWY_DYNAMIC_DISPATCH(backward_double); }
auto backward_of(bfloat16) { return HWY_DYNAMIC_DISPATCH(backward_half); }

}  // namespace

template <class T>
void tanh_forward(Context& context, const TanhForward<T>& t) {
  for_blocks(context, t.size, kBlockElements, [&](std::int64_t begin, std::int64_t end) {
    forward_of(T())(t.x + begin, end - begin, t.y + begin);
  });
}

template <class T>
void tanh_backward(Context& context, const TanhBackward<T>& t) {
  for_blocks(context, t.size, kBlockElements, [&](std::int64_t begin, std::int64_t end) {
    backward_of(T())(t.y + begin, t.dy + begin, end - begin, t.dx + begin);
  });
}

template void tanh_forward(Context&, const TanhForward<float>&);
template void tanh_forward(Context&, const TanhForward<double>&);
template void tanh_forward(Context&, const TanhForward<bfloat16>&);
template void tanh_backward(Context&, const TanhBackward<float>&);
template void tanh_backward(Context&, const TanhBackward<double>&);
template void tanh_backward(Context&, const TanhBackward<bfloat16>&);

}  // namespace favras::kernels::cpu
#endif  // HWY_ONCE
