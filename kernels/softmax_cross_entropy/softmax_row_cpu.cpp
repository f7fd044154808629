#include "kernels/softmax_cross_entropy/softmax_row_cpu.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/softmax_cross_entropy/softmax_row_cpu.cpp"
#include <hwy/foreach_target.h>
// foreach_target.h must come before the other Highway headers.
#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

#include "kernels/common/simd_columns-inl.h"

HWY_BEFORE_NAMESPACE();
namespace favras::kernels::cpu::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// Running values of a reduction, one a lane, in memory so that vectors of any width update them.
template <class T>
struct LaneValues {
  HWY_ALIGN T lane[hn::MaxLanes(hn::ScalableTag<T>())];
};

// NaN if x holds one: a maximum that is NaN stays, and a NaN replaces any other. Highway's Exp would make
// it 0, so a NaN has to be found here.
template <class T>
HWY_INLINE T maximum(const T* x, std::size_t size) {
  LaneValues<T> lanes;
  std::ranges::fill(lanes.lane, -std::numeric_limits<T>::infinity());
  for_columns<T>(size, [&](auto d, std::size_t i) HWY_ATTR {
    const auto value = hn::LoadU(d, x + i), largest = hn::Load(d, lanes.lane);
    const auto replaces = hn::Or(hn::Gt(value, largest), hn::IsNaN(value));
    hn::Store(hn::IfThenElse(replaces, value, largest), d, lanes.lane);
  });
  T result = lanes.lane[0];
  for (const T lane : lanes.lane)
    if (lane > result || std::isnan(lane)) result = lane;
  return result;
}

template <class T>
HWY_INLINE SoftmaxRow<T> row(T* x, std::int64_t columns, bool store) {
  const auto size = static_cast<std::size_t>(columns);
  const T largest = maximum(x, size);
  if (!std::isfinite(largest)) {
    if (store) std::fill_n(x, size, std::numeric_limits<T>::quiet_NaN());
    return {largest, std::numeric_limits<T>::quiet_NaN()};
  }
  LaneValues<T> sums = {};
  for_columns<T>(size, [&](auto d, std::size_t i) HWY_ATTR {
    // The exponential is 0 there already, but Highway's does not promise to take an infinity.
    const auto lowest = hn::Set(d, T(-2000));
    const auto y = hn::Exp(d, hn::Max(hn::Sub(hn::LoadU(d, x + i), hn::Set(d, largest)), lowest));
    hn::Store(hn::Add(hn::Load(d, sums.lane), y), d, sums.lane);
    if (store) hn::StoreU(y, d, x + i);
  });
  T sum = 0;
  for (const T lane : sums.lane) sum += lane;
  return {largest, sum};
}

// Highway exports functions, not templates.
SoftmaxRow<float> row_float(float* x, std::int64_t size, bool store) { return row(x, size, store); }
SoftmaxRow<double> row_double(double* x, std::int64_t size, bool store) { return row(x, size, store); }

}  // namespace favras::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace favras::kernels::cpu {

HWY_EXPORT(row_float);
HWY_EXPORT(row_double);

template <>
SoftmaxRow<float> softmax_row(float* x, std::int64_t size, bool store) {
  return HWY_DYNAMIC_DISPATCH(row_float)(x, size, store);
}
template <>
SoftmaxRow<double> softmax_row(double* x, std::int64_t size, bool store) {
  return HWY_DYNAMIC_DISPATCH(row_double)(x, size, store);
}

}  // namespace favras::kernels::cpu
#endif  // HWY_ONCE
