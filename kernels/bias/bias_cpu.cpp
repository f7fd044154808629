#include <cstddef>

#include "kernels/bias/bias.h"
#include "kernels/common/blocks_cpu.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/bias/bias_cpu.cpp"
#include <hwy/foreach_target.h>
// foreach_target.h must come before the other Highway headers.
#include <hwy/highway.h>

#include "kernels/common/simd_columns-inl.h"

HWY_BEFORE_NAMESPACE();
namespace favras::kernels::cpu::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// y += x over `size` elements
template <class T>
HWY_INLINE void accumulate(const T* HWY_RESTRICT x, std::int64_t size, T* HWY_RESTRICT y) {
  for_columns<T>(static_cast<std::size_t>(size), [&](auto d, std::size_t i) HWY_ATTR {
    hn::StoreU(hn::Add(hn::LoadU(d, y + i), hn::LoadU(d, x + i)), d, y + i);
  });
}

// Highway exports functions, not templates.
void accumulate_float(const float* x, std::int64_t size, float* y) { accumulate(x, size, y); }
void accumulate_double(const double* x, std::int64_t size, double* y) { accumulate(x, size, y); }

}  // namespace favras::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace favras::kernels::cpu {
namespace {

HWY_EXPORT(accumulate_float);
HWY_EXPORT(accumulate_double);

void accumulate(const float* x, std::int64_t size, float* y) {
  HWY_DYNAMIC_DISPATCH(accumulate_float)(x, size, y);
}
void accumulate(const double* x, std::int64_t size, double* y) {
  HWY_DYNAMIC_DISPATCH(accumulate_double)(x, size, y);
}

// A stripe of columns: its sums stay in the first-level cache while the rows go by.
constexpr std::int64_t kStripe = 256;

}  // namespace

template <class T>
void bias_forward(Context& context, const BiasForward<T>& b) {
  for_row_blocks(context, b.rows, b.columns, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) accumulate(b.bias, b.columns, b.y + row * b.columns);
  });
}

template <class T>
void bias_backward(Context& context, const BiasBackward<T>& b) {
  for_blocks(context, b.columns, kStripe, [&](std::int64_t begin, std::int64_t end) {
    T sum[kStripe] = {};
    for (std::int64_t row = 0; row < b.rows; ++row)
      accumulate(b.dy + row * b.columns + begin, end - begin, sum);
    for (std::int64_t c = begin; c < end; ++c)
      b.d_bias[c] = sum[c - begin] + (b.beta == T(0) ? T(0) : b.beta * b.d_bias[c]);
  });
}

template void bias_forward(Context&, const BiasForward<float>&);
template void bias_forward(Context&, const BiasForward<double>&);
template void bias_backward(Context&, const BiasBackward<float>&);
template void bias_backward(Context&, const BiasBackward<double>&);

}  // namespace favras::kernels::cpu
#endif  // HWY_ONCE
