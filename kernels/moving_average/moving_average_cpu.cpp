#include "kernels/common/blocks_cpu.h"
#include "kernels/moving_average/moving_average.h"

namespace favras::kernels::cpu {

template <class T>
void moving_average(Context& context, const MovingAverage<T>& m) {
  const T share = std::max(1 - m.decay, 1 / static_cast<T>(m.state->step));
  const bool first = m.state->step == 1;  // what was there before may be anything
  for_blocks(context, m.size, kBlockElements, [&](std::int64_t begin, std::int64_t end) {
    if (first) std::copy(m.x + begin, m.x + end, m.average + begin);
#pragma omp simd
    for (std::int64_t i = begin; i < end; ++i) m.average[i] += share * (m.x[i] - m.average[i]);
  });
}

template void moving_average(Context&, const MovingAverage<float>&);
template void moving_average(Context&, const MovingAverage<double>&);

}  // namespace favras::kernels::cpu
