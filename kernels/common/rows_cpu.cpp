#include "kernels/common/rows_cpu.h"

#include <cstddef>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/common/rows_cpu.cpp"
#include <hwy/foreach_target.h>
// foreach_target.h must come before the other Highway headers.
#include <hwy/highway.h>

#include "kernels/common/simd_columns-inl.h"

HWY_BEFORE_NAMESPACE();
namespace favras::kernels::cpu::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

template <class X, class Y>
HWY_INLINE void add(const X* x, std::int64_t size, Y* y) {
  for_columns<Accumulate<Y>>(static_cast<std::size_t>(size), [&](auto d, std::size_t i) HWY_ATTR {
    store(hn::Add(load(d, y + i), load(d, x + i)), d, y + i);
  });
}

template <class T>
HWY_INLINE void multiply(const Accumulate<T>* scale, const T* x, std::int64_t size, T* y) {
  for_columns<Accumulate<T>>(static_cast<std::size_t>(size), [&](auto d, std::size_t i) HWY_ATTR {
    store(hn::Mul(load(d, scale + i), load(d, x + i)), d, y + i);
  });
}

template <class T>
HWY_INLINE void scale(Accumulate<T> factor, std::int64_t size, T* y) {
  for_columns<Accumulate<T>>(static_cast<std::size_t>(size), [&](auto d, std::size_t i) HWY_ATTR {
    store(hn::Mul(load(d, y + i), hn::Set(d, factor)), d, y + i);
  });
}

template <class From, class To>
HWY_INLINE void convert(const From* x, std::int64_t size, To* y) {
  for_columns<float>(static_cast<std::size_t>(size),
                     [&](auto d, std::size_t i) HWY_ATTR { store(load(d, x + i), d, y + i); });
}

// Highway exports functions, not templates.
using half = bfloat16;
void add_float(const float* x, std::int64_t size, float* y) { add(x, size, y); }
void add_double(const double* x, std::int64_t size, double* y) { add(x, size, y); }
void add_half(const half* x, std::int64_t size, half* y) { add(x, size, y); }
void add_half_to_float(const half* x, std::int64_t size, float* y) { add(x, size, y); }
void multiply_float(const float* s, const float* x, std::int64_t size, float* y) { multiply(s, x, size, y); }
void multiply_double(const double* s, const double* x, std::int64_t size, double* y) {
  multiply(s, x, size, y);
}
void multiply_half(const float* s, const half* x, std::int64_t size, half* y) { multiply(s, x, size, y); }
void scale_float(float factor, std::int64_t size, float* y) { scale(factor, size, y); }
void scale_double(double factor, std::int64_t size, double* y) { scale(factor, size, y); }
void scale_half(float factor, std::int64_t size, half* y) { scale(factor, size, y); }
void convert_to_float(const half* x, std::int64_t size, float* y) { convert(x, size, y); }
void convert_to_half(const float* x, std::int64_t size, half* y) { convert(x, size, y); }

}  // namespace favras::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace favras::kernels::cpu {

HWY_EXPORT(add_float);
HWY_EXPORT(add_double);
HWY_EXPORT(add_half);
HWY_EXPORT(add_half_to_float);
HWY_EXPORT(multiply_float);
HWY_EXPORT(multiply_double);
HWY_EXPORT(multiply_half);
HWY_EXPORT(scale_float);
HWY_EXPORT(scale_double);
HWY_EXPORT(scale_half);
HWY_EXPORT(convert_to_float);
HWY_EXPORT(convert_to_half);

template <>
void add_row(const float* x, std::int64_t size, float* y) {
  HWY_DYNAMIC_DISPATCH(add_float)(x, size, y);
}
template <>
void add_row(const double* x, std::int64_t size, double* y) {
  HWY_DYNAMIC_DISPATCH(add_double)(x, size, y);
}
template <>
void add_row(const bfloat16* x, std::int64_t size, bfloat16* y) {
  HWY_DYNAMIC_DISPATCH(add_half)(x, size, y);
}
template <>
void add_row(const bfloat16* x, std::int64_t size, float* y) {
  HWY_DYNAMIC_DISPATCH(add_half_to_float)(x, size, y);
}
template <>
void multiply_row(const float* scale, const float* x, std::int64_t size, float* y) {
  HWY_DYNAMIC_DISPATCH(multiply_float)(scale, x, size, y);
}
template <>
void multiply_row(const double* scale, const double* x, std::int64_t size, double* y) {
  HWY_DYNAMIC_DISPATCH(multiply_double)(scale, x, size, y);
}
template <>
void multiply_row(const float* scale, const bfloat16* x, std::int64_t size, bfloat16* y) {
  HWY_DYNAMIC_DISPATCH(multiply_half)(scale, x, size, y);
}
template <>
void scale_row(float factor, std::int64_t size, float* y) {
  HWY_DYNAMIC_DISPATCH(scale_float)(factor, size, y);
}
template <>
void scale_row(double factor, std::int64_t size, double* y) {
  HWY_DYNAMIC_DISPATCH(scale_double)(factor, size, y);
}
template <>
void scale_row(float factor, std::int64_t size, bfloat16* y) {
  HWY_DYNAMIC_DISPATCH(scale_half)(factor, size, y);
}
template <>
void convert_row(const bfloat16* x, std::int64_t size, float* y) {
  HWY_DYNAMIC_DISPATCH(convert_to_float)(x, size, y);
}
template <>
void convert_row(const float* x, std::int64_t size, bfloat16* y) {
  HWY_DYNAMIC_DISPATCH(convert_to_half)(x, size, y);
}

}  // namespace favras::kernels::cpu
#endif  // HWY_ONCE
