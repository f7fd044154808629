#include <cmath>

#include "kernels/argmax/argmax.h"
#include "kernels/common/cuda_check.h"
#include "kernels/common/grid_cuda.h"
#include "kernels/common/reduce_cuda.h"

namespace favras::kernels::cuda {
namespace {

template <class T>
struct Candidate {
  T value;
  std::int32_t column;
};

template <class T>
__device__ Candidate<T> from_lane_across(Candidate<T> candidate, int lanes) {
  return {__shfl_xor_sync(kWholeWarp, candidate.value, lanes),
          __shfl_xor_sync(kWholeWarp, candidate.column, lanes)};
}

// NaNs before numbers, large before small, left before right: a total order, so that it does not matter who
// meets whom first.
struct Better {
  template <class T>
  __device__ Candidate<T> operator()(Candidate<T> a, Candidate<T> b) const {
    const bool a_is_nan = std::isnan(a.value), b_is_nan = std::isnan(b.value);
    const bool equal = a_is_nan ? b_is_nan : a.value == b.value;
    const bool b_is_better = equal ? b.column < a.column : !a_is_nan && (b_is_nan || b.value > a.value);
    return b_is_better ? b : a;
  }
};

// A block takes a row.
template <class T, int kWidth>
__global__ void __launch_bounds__(kThreads) argmax_kernel(Argmax<T> a) {
  FAVRAS_SHARED(Candidate<T>, of_warp, [kThreads / 32]);
  for (std::int64_t row = blockIdx.x; row < a.rows; row += gridDim.x) {
    const T* x = a.x + row * a.columns;
    Candidate<T> best{x[0], 0};  // also of a thread that has no column: it changes nothing
    for (std::int64_t c = threadIdx.x * kWidth; c < a.columns; c += kThreads * kWidth) {
      const auto pack = load<kWidth>(x + c);
      for (int k = 0; k < kWidth; ++k)
        best = Better{}(best, Candidate<T>{pack.at[k], static_cast<std::int32_t>(c + k)});
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
  FAVRAS_CUDA_CHECK(launch(wide ? argmax_kernel<T, kWide> : argmax_kernel<T, 1>,
                           blocks_for(context, a.rows, 1), kThreads, 0, context.stream, a));
}

template void argmax(Context&, const Argmax<float>&);
template void argmax(Context&, const Argmax<double>&);

}  // namespace favras::kernels::cuda
