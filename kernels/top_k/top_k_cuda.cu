#include <cmath>
#include <limits>

#include "kernels/common/candidate_cuda.h"
#include "kernels/common/rows_cuda.h"
#include "kernels/top_k/top_k.h"

namespace favras::kernels::cuda {
namespace {

// The best of this thread's columns that ranks after `last`; if there is none, what ranks after all columns.
template <unsigned kCount, int kWidth, class T, class A>
__device__ Candidate<A> best_after(Candidate<A> last, const T* x, std::int64_t columns) {
  Candidate<A> best{-static_cast<A>(INFINITY), std::numeric_limits<std::int32_t>::max()};
#pragma unroll 4  // so many loads under way
  for (std::int64_t c = threadIdx.x * kWidth; c < columns; c += kCount * kWidth) {
    const auto pack = load<kWidth>(x + c);
    for (int i = 0; i < kWidth; ++i) {
      const Candidate<A> candidate{A(pack.at[i]), static_cast<std::int32_t>(c + i)};
      if (ranks_before(last, candidate)) best = Better{}(best, candidate);
    }
  }
  return best;
}

// kCount threads in x take a row. Each offers the best of its columns; the one whose offer wins looks for its
// next: a row is read once, and a kCount-th of it again for every value found.
template <class T, unsigned kCount, int kWidth>
__global__ void __launch_bounds__(kThreads) top_k_kernel(TopK<T> t) {
  using A = Accumulate<T>;
  FAVRAS_SHARED(Candidate<A>, of_warp, [kCount / 32]);
  for (std::int64_t row = blockIdx.x * blockDim.y + threadIdx.y; row < t.rows;
       row += gridDim.x * blockDim.y) {
    const T* const x = t.x + row * t.columns;
    Candidate<A> mine = best_after<kCount, kWidth>(Candidate<A>{static_cast<A>(NAN), -1}, x, t.columns);
    for (std::int64_t i = 0; i < t.k; ++i) {
      const Candidate<A> best = over_threads<kCount>(mine, of_warp, Better{});
      if (threadIdx.x == 0) {
        t.values[row * t.k + i] = best.value;
        t.indices[row * t.k + i] = best.column;
      }
      if (mine.column == best.column) mine = best_after<kCount, kWidth>(best, x, t.columns);
      if constexpr (kCount > 32) __syncthreads();  // of_warp is read before the next round writes to it
    }
  }
}

template <class T, int kWidth>
void launch_rows(const Context& context, const TopK<T>& t) {
  launch_over_rows(context, top_k_kernel<T, 32, kWidth>, top_k_kernel<T, kThreads, kWidth>, t.rows, t.columns,
                   t);
}

}  // namespace

template <class T>
void top_k(Context& context, const TopK<T>& t) {
  check_k(t);
  if (t.rows == 0) return;
  if (allows_wide(t.columns, t.x))
    launch_rows<T, kWide<T>>(context, t);
  else
    launch_rows<T, 1>(context, t);
}

template void top_k(Context&, const TopK<float>&);
template void top_k(Context&, const TopK<double>&);
template void top_k(Context&, const TopK<bfloat16>&);

}  // namespace favras::kernels::cuda
