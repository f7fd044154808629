#include <cmath>

#include "kernels/common/cuda_check.h"
#include "kernels/common/grid_cuda.h"
#include "kernels/common/reduce_cuda.h"
#include "kernels/norm/norm.h"

namespace favras::kernels::cuda {
namespace {

// partial_sums[block] = the squares that fall to the block, in double, where no float overflows.
template <class T, int kWidth>
__global__ void __launch_bounds__(kThreads)
    squares_kernel(const T* __restrict__ x, std::int64_t size, double* __restrict__ partial_sums) {
  FAVRAS_SHARED(double, of_warp, [kThreads / 32]);
  double sum = 0;
  for_flat<kWidth>(size, [&](auto width, std::int64_t i) {
    for (const double value : load<decltype(width)::value>(x + i).at) sum += value * value;
  });
  sum = over_threads<kThreads>(sum, of_warp, Sum{});
  if (threadIdx.x == 0) partial_sums[blockIdx.x] = sum;
}

// One block.
template <class T>
__global__ void __launch_bounds__(kThreads)
    norm_kernel(ClipScale<T> c, const double* __restrict__ partial_sums, unsigned count) {
  FAVRAS_SHARED(double, of_warp, [kThreads / 32]);
  double sum = 0;
  for (unsigned i = threadIdx.x; i < count; i += kThreads) sum += partial_sums[i];
  const double norm = std::sqrt(over_threads<kThreads>(sum, of_warp, Sum{}));
  if (threadIdx.x > 0) return;
  *c.norm = static_cast<T>(norm);
  // Written so that a NaN takes the last branch.
  *c.scale = c.maximum == T(0) || norm <= c.maximum ? T(1) : static_cast<T>(c.maximum / norm);
}

}  // namespace

template <class T>
void clip_scale(Context& context, const ClipScale<T>& c) {
  const bool wide = allows_wide(0, c.x);
  const std::int64_t a_block = kThreads * (wide ? kWide<T> : 1);
  // Not sized by the device: the same sums on each. Still one wave of blocks on a large one.
  const auto blocks =
      static_cast<unsigned>(std::min<std::int64_t>(kPartialSums, (c.size + a_block - 1) / a_block));
  if (blocks > 0) {
    FAVRAS_CUDA_CHECK(launch(wide ? squares_kernel<T, kWide<T>> : squares_kernel<T, 1>, blocks, kThreads, 0,
                             context.stream, c.x, c.size, context.partial_sums));
  }
  FAVRAS_CUDA_CHECK(launch(norm_kernel<T>, 1, kThreads, 0, context.stream, c, context.partial_sums, blocks));
}

template void clip_scale(Context&, const ClipScale<float>&);
template void clip_scale(Context&, const ClipScale<double>&);

}  // namespace favras::kernels::cuda
