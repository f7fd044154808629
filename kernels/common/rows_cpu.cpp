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

template <class T>
HWY_INLINE void add(const T* x, std::int64_t size, T* y) {
  for_columns<T>(static_cast<std::size_t>(size), [&](auto d, std::size_t i) HWY_ATTR {
    hn::StoreU(hn::Add(hn::LoadU(d, y + i), hn::LoadU(d, x + i)), d, y + i);
  });
}

template <class T>
HWY_INLINE void multiply(const T* scale, const T* x, std::int64_t size, T* y) {
  for_columns<T>(static_cast<std::size_t>(size), [&](auto d, std::size_t i) HWY_ATTR {
    hn::StoreU(hn::Mul(hn::LoadU(d, scale + i), hn::LoadU(d, x + i)), d, y + i);
  });
}

template <class T>
HWY_INLINE void scale(T factor, std::int64_t size, T* y) {
  for_columns<T>(static_cast<std::size_t>(size), [&](auto d, std::size_t i) HWY_ATTR {
    hn::StoreU(hn::Mul(hn::LoadU(d, y + i), hn::Set(d, factor)), d, y + i);
  });
}

// Highway exports functions, not templates.
void add_float(const float* x, std::int64_t size, float* y) { add(x, size, y); }
void add_double(const double* x, std::int64_t size, double* y) { add(x, size, y); }
void multiply_float(const float* s, const float* x, std::int64_t size, float* y) { multiply(s, x, size, y); }
void multiply_double(const double* s, const double* x, std::int64_t size, double* y) {
  multiply(s, x, size, y);
}
void scale_float(float factor, std::int64_t size, float* y) { scale(factor, size, y); }
void scale_double(double factor, std::int64_t size, double* y) { scale(factor, size, y); }

}  // namespace favras::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace favras::kernels::cpu {

HWY_EXPORT(add_float);
HWY_EXPORT(add_double);
HWY_EXPORT(multiply_float);
HWY_EXPORT(multiply_double);
HWY_EXPORT(scale_float);
HWY_EXPORT(scale_double);

template <>
void add_row(const float* x, std::int64_t size, float* y) {
  HWY_DYNAMIC_DISPATCH(add_float)(x, size, y);
}
template <>
void add_row(const double* x, std::int64_t size, double* y) {
  HWY_DYNAMIC_DISPATCH(add_double)(x, size, y);
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
void scale_row(float factor, std::int64_t size, float* y) {
  HWY_DYNAMIC_DISPATCH(scale_float)(factor, size, y);
}
template <>
void scale_row(double factor, std::int64_t size, double* y) {
  HWY_DYNAMIC_DISPATCH(scale_double)(factor, size, y);
}

}  // namespace favras::kernels::cpu
#endif  // HWY_ONCE
