#include "kernels/argmax/argmax.h"
#include "kernels/common/candidate_cuda.h"
#include "kernels/common/cuda_check.h"
#include "kernels/common/grid_cuda.h"
#include "kernels/common/reduce_cuda.h"

namespace favras::kernels::cuda {
namespace {

// A block takes a row.
template <class T, int kWidth>
__global__ void __launch_bounds__(kThreads) argmax_kernel(Argmax<T> a) {
  using A = Accumulate<T>;
  FAVRAS_SHARED(Candidate<A>, of_warp, [kThreads / 32]);
  for (std::int64_t row = blockIdx.x; row < a.rows; row += gridDim.x) {
    const T* x = a.x + row * a.columns;
    Candidate<A> best{A(x[0]), 0};  // also of a thread that has no column: it changes nothing
    for (std::int64_t c = threadIdx.x * kWidth; c < a.columns; c += kThreads * kWidth) {
      const auto pack = load<kWidth>(x + c);
      for (int k = 0; k < kWidth; ++k)
        best = Better{}(best, Candidate<A>{A(pack.at[k]), static_cast<std::int32_t>(c + k)});
    }
    best = over_threads<kThreads>(best, of_warp, Better{});
    if (threadIdx.x == 0) a.index[row] = best.column;
    __syncthreads();  // of_warp is read before the next row writes to it
  }
}

}  // namespace

template <class T>
void argmax(Context& context, const Argmax<T>& a) {
  if (a.rows == 0) return;
  const bool wide = allows_wide(a.columns, a.x);
  FAVRAS_CUDA_CHECK(launch(wide ? argmax_kernel<T, kWide<T>> : argmax_kernel<T, 1>,
                           blocks_for(context, a.rows, 1), kThreads, 0, context.stream, a));
}

template void argmax(Context&, const Argmax<float>&);
template void argmax(Context&, const Argmax<double>&);
template void argmax(Context&, const Argmax<bfloat16>&);

}  // namespace favras::kernels::cuda
