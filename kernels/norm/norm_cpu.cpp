#include <cmath>
#include <cstddef>
#include <vector>

#include "kernels/common/blocks_cpu.h"
#include "kernels/norm/norm.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/norm/norm_cpu.cpp"
#include <hwy/foreach_target.h>
// foreach_target.h must come before the other Highway headers.
#include <hwy/highway.h>

#include "kernels/common/simd_columns-inl.h"

HWY_BEFORE_NAMESPACE();
namespace favras::kernels::cpu::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// Squared in double, where no float overflows.
template <class T>
HWY_INLINE double sum_of_squares(const T* x, std::int64_t size) {
  const hn::ScalableTag<double> full;
  HWY_ALIGN double lanes[hn::MaxLanes(full)] = {};  // running sums, one a lane
  for_columns<double>(static_cast<std::size_t>(size), [&](auto d, std::size_t i) HWY_ATTR {
    const auto value = [&] {
      if constexpr (sizeof(T) == sizeof(double))
        return hn::LoadU(d, x + i);
      else
        return hn::PromoteTo(d, hn::LoadU(hn::Rebind<T, decltype(d)>(), x + i));
    }();
    hn::Store(hn::MulAdd(value, value, hn::Load(d, lanes)), d, lanes);
  });
  double sum = 0;
  for (const double lane : lanes) sum += lane;
  return sum;
}

// Highway exports functions, not templates.
double sum_of_squares_float(const float* x, std::int64_t size) { return sum_of_squares(x, size); }
double sum_of_squares_double(const double* x, std::int64_t size) { return sum_of_squares(x, size); }

}  // namespace favras::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace favras::kernels::cpu {
namespace {

HWY_EXPORT(sum_of_squares_float);
HWY_EXPORT(sum_of_squares_double);

double sum_of_squares(const float* x, std::int64_t size) {
  return HWY_DYNAMIC_DISPATCH(sum_of_squares_float)(x, size);
}
double sum_of_squares(const double* x, std::int64_t size) {
  return HWY_DYNAMIC_DISPATCH(sum_of_squares_double)(x, size);
}

}  // namespace

template <class T>
void clip_scale(Context& context, const ClipScale<T>& c) {
  std::vector<double> sums((c.size + kBlockElements - 1) / kBlockElements);
  for_blocks(context, c.size, kBlockElements, [&](std::int64_t begin, std::int64_t end) {
    sums[begin / kBlockElements] = sum_of_squares(c.x + begin, end - begin);
  });
  double sum = 0;
  for (const double block : sums) sum += block;
  const double norm = std::sqrt(sum);
  *c.norm = static_cast<T>(norm);
  // Written so that a NaN takes the last branch.
  *c.scale = c.maximum == T(0) || norm <= c.maximum ? T(1) : static_cast<T>(c.maximum / norm);
}

template void clip_scale(Context&, const ClipScale<float>&);
template void clip_scale(Context&, const ClipScale<double>&);

}  // namespace favras::kernels::cpu
#endif  // HWY_ONCE
