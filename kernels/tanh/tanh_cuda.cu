#include <cmath>

#include "kernels/common/cuda_check.h"
#include "kernels/common/grid_cuda.h"
#include "kernels/tanh/tanh.h"

namespace favras::kernels::cuda {
namespace {

template <class T, int kWidth>
__global__ void __launch_bounds__(kThreads) forward_kernel(TanhForward<T> t) {
  for_flat<kWidth>(t.size, [&](auto width, std::int64_t i) {
    auto pack = load<decltype(width)::value>(t.x + i);
    for (T& value : pack.at) value = T(std::tanh(Accumulate<T>(value)));
    store(t.y + i, pack);
  });
}

template <class T, int kWidth>
__global__ void __launch_bounds__(kThreads) backward_kernel(TanhBackward<T> t) {
  using A = Accumulate<T>;
  for_flat<kWidth>(t.size, [&](auto width, std::int64_t i) {
    constexpr int kCount = decltype(width)::value;
    const auto y = load<kCount>(t.y + i);
    auto pack = load<kCount>(t.dy + i);
    for (int k = 0; k < kCount; ++k) pack.at[k] = T(A(pack.at[k]) * (1 - A(y.at[k]) * A(y.at[k])));
    store(t.dx + i, pack);
  });
}

}  // namespace

template <class T>
void tanh_forward(Context& context, const TanhForward<T>& t) {
  if (t.size == 0) return;
  const bool wide = allows_wide(0, t.x, t.y);
  FAVRAS_CUDA_CHECK(launch(wide ? forward_kernel<T, kWide<T>> : forward_kernel<T, 1>,
                           blocks_for(context, t.size, kThreads * (wide ? kWide<T> : 1)), kThreads, 0,
                           context.stream, t));
}

template <class T>
void tanh_backward(Context& context, const TanhBackward<T>& t) {
  if (t.size == 0) return;
  const bool wide = allows_wide(0, t.y, t.dy, t.dx);
  FAVRAS_CUDA_CHECK(launch(wide ? backward_kernel<T, kWide<T>> : backward_kernel<T, 1>,
                           blocks_for(context, t.size, kThreads * (wide ? kWide<T> : 1)), kThreads, 0,
                           context.stream, t));
}

template void tanh_forward(Context&, const TanhForward<float>&);
template void tanh_forward(Context&, const TanhForward<double>&);
template void tanh_forward(Context&, const TanhForward<bfloat16>&);
template void tanh_backward(Context&, const TanhBackward<float>&);
template void tanh_backward(Context&, const TanhBackward<double>&);
template void tanh_backward(Context&, const TanhBackward<bfloat16>&);

}  // namespace favras::kernels::cuda
