#include "kernels/common/cuda_check.h"
#include "kernels/common/grid_cuda.h"
#include "kernels/moving_average/moving_average.h"

namespace favras::kernels::cuda {
namespace {

template <class T, int kWidth>
__global__ void __launch_bounds__(kThreads) average_kernel(MovingAverage<T> m) {
  const T least = 1 / static_cast<T>(m.state->step), usual = 1 - m.decay,
          share = usual > least ? usual : least;
  const bool first = m.state->step == 1;  // what was there before may be anything
  for_flat<kWidth>(m.size, [&](auto width, std::int64_t i) {
    constexpr int kCount = decltype(width)::value;
    const auto x = load<kCount>(m.x + i);
    auto average = load<kCount>(m.average + i);
    for (int k = 0; k < kCount; ++k)
      average.at[k] = first ? x.at[k] : std::fma(share, x.at[k] - average.at[k], average.at[k]);
    store(m.average + i, average);
  });
}

}  // namespace

template <class T>
void moving_average(Context& context, const MovingAverage<T>& m) {
  if (m.size == 0) return;
  const bool wide = allows_wide(0, m.x, m.average);
  FAVRAS_CUDA_CHECK(launch(wide ? average_kernel<T, kWide<T>> : average_kernel<T, 1>,
                           blocks_for(context, m.size, kThreads * (wide ? kWide<T> : 1)), kThreads, 0,
                           context.stream, m));
}

template void moving_average(Context&, const MovingAverage<float>&);
template void moving_average(Context&, const MovingAverage<double>&);

}  // namespace favras::kernels::cuda
