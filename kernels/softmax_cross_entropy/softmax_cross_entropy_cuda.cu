#include <cmath>

#include "kernels/common/cuda_check.h"
#include "kernels/common/grid_cuda.h"
#include "kernels/common/reduce_cuda.h"
#include "kernels/common/rows_cuda.h"
#include "kernels/softmax_cross_entropy/softmax_cross_entropy.h"

namespace favras::kernels::cuda {
namespace {

// The gradient needs the count before the first row: a launch of one block of its own.
template <class T>
__global__ void __launch_bounds__(kThreads) count_kernel(SoftmaxCrossEntropy<T> s) {
  FAVRAS_SHARED(std::int64_t, of_warp, [kThreads / 32]);
  std::int64_t count = 0;
  for (std::int64_t row = threadIdx.x; row < s.rows; row += kThreads) count += s.targets[row] != s.ignore;
  count = over_threads<kThreads>(count, of_warp, Sum{});
  if (threadIdx.x == 0) *s.count = static_cast<Accumulate<T>>(count);
}

// Passes over a NaN: the sum of the exponentials finds it.
struct Larger {
  template <class T>
  __device__ T operator()(T a, T b) const {
    return b > a ? b : a;
  }
};

// kCount threads in x take a row, and each the same columns in every pass: none reads what another wrote.
// Rows are read three or four times, from the cache but for the first.
template <class T, unsigned kCount, int kWidth>
__global__ void __launch_bounds__(kThreads) rows_kernel(SoftmaxCrossEntropy<T> s) {
  using A = Accumulate<T>;
  // One each, so that every reduction's barrier parts another's reads and writes.
  FAVRAS_SHARED(A, largest_of_warp, [kCount / 32]);
  FAVRAS_SHARED(A, sum_of_warp, [kCount / 32]);
  FAVRAS_SHARED(A, total_of_warp, [kCount / 32]);
  const int vocabulary = static_cast<int>(s.vocabulary);  // targets are 32 bits wide, too
  const A share = 1 / *s.count, of_all = share * s.smoothing / static_cast<A>(vocabulary),
          of_target = of_all + share * (1 - s.smoothing);
  const int first = static_cast<int>(threadIdx.x) * kWidth, step = kCount * kWidth;
  for (std::int64_t row = blockIdx.x * blockDim.y + threadIdx.y; row < s.rows;
       row += gridDim.x * blockDim.y) {
    T* const x = s.logits + row * s.vocabulary;
    const int target = s.targets[row];
    if (target == s.ignore) {
      for (int v = first; s.write_gradient && v < vocabulary; v += step) store(x + v, Pack<T, kWidth>{});
      if (threadIdx.x == 0) s.row_loss[row] = 0;
      continue;
    }
    A largest = -static_cast<A>(INFINITY);
    for (int v = first; v < vocabulary; v += step)
      for (const T value : load<kWidth>(x + v).at) largest = Larger{}(largest, A(value));
    largest = over_threads<kCount>(largest, largest_of_warp, Larger{});
    A sum = 0;
    for (int v = first; v < vocabulary; v += step)
      for (const T value : load<kWidth>(x + v).at) sum += std::exp(A(value) - largest);
    sum = over_threads<kCount>(sum, sum_of_warp, Sum{});
    A total = 0;  // of the logits
    if (s.smoothing > 0) {
      for (int v = first; v < vocabulary; v += step)
        for (const T value : load<kWidth>(x + v).at) total += A(value);
      total = over_threads<kCount>(total, total_of_warp, Sum{});
    }
    // Nothing but negative infinities, or a positive one: NaN, as for a NaN.
    if (!std::isfinite(largest)) sum = static_cast<A>(NAN);
    if (target / kWidth % static_cast<int>(kCount) == static_cast<int>(threadIdx.x)) {
      A expected = A(x[target]);
      if (s.smoothing > 0) expected += s.smoothing * (total / static_cast<A>(vocabulary) - expected);
      s.row_loss[row] = static_cast<A>(std::log(static_cast<double>(sum)) + (largest - expected));
    }
    if (!s.write_gradient) continue;
    const A scale = share / sum;
    for (int v = first; v < vocabulary; v += step) {
      auto pack = load<kWidth>(x + v);
      for (int k = 0; k < kWidth; ++k)
        pack.at[k] = T(std::exp(A(pack.at[k]) - largest) * scale - (v + k == target ? of_target : of_all));
      store(x + v, pack);
    }
  }
}

// One block.
template <class T>
__global__ void __launch_bounds__(kThreads) sum_kernel(SoftmaxCrossEntropy<T> s) {
  FAVRAS_SHARED(double, of_warp, [kThreads / 32]);
  double sum = 0;
  for (std::int64_t row = threadIdx.x; row < s.rows; row += kThreads) sum += s.row_loss[row];
  sum = over_threads<kThreads>(sum, of_warp, Sum{});
  if (threadIdx.x > 0) return;
  *s.loss_sum = static_cast<Accumulate<T>>(sum);
  *s.loss_mean = *s.count > 0 ? static_cast<Accumulate<T>>(sum / *s.count) : 0;
}

template <class T, int kWidth>
__global__ void __launch_bounds__(kThreads)
    scale_kernel(std::int64_t size, const Accumulate<T>* __restrict__ factor, T* __restrict__ x) {
  const Accumulate<T> by = *factor;
  for_flat<kWidth>(size, [&](auto width, std::int64_t i) {
    auto pack = load<decltype(width)::value>(x + i);
    for (T& value : pack.at) value = T(Accumulate<T>(value) * by);
    store(x + i, pack);
  });
}

template <class T, int kWidth>
void launch_rows(const Context& context, const SoftmaxCrossEntropy<T>& s) {
  launch_over_rows(context, rows_kernel<T, 32, kWidth>, rows_kernel<T, kThreads, kWidth>, s.rows,
                   s.vocabulary, s);
}

}  // namespace

template <class T>
void softmax_cross_entropy(Context& context, const SoftmaxCrossEntropy<T>& s) {
  FAVRAS_CUDA_CHECK(launch(count_kernel<T>, 1, kThreads, 0, context.stream, s));
  if (s.rows > 0) {
    if (allows_wide(s.vocabulary, s.logits))
      launch_rows<T, kWide<T>>(context, s);
    else
      launch_rows<T, 1>(context, s);
  }
  FAVRAS_CUDA_CHECK(launch(sum_kernel<T>, 1, kThreads, 0, context.stream, s));
}

template <class T>
void scale_by_scalar(Context& context, const ScaleByScalar<T>& s) {
  if (s.size == 0) return;
  const bool wide = allows_wide(0, s.x);
  FAVRAS_CUDA_CHECK(launch(wide ? scale_kernel<T, kWide<T>> : scale_kernel<T, 1>,
                           blocks_for(context, s.size, kThreads * (wide ? kWide<T> : 1)), kThreads, 0,
                           context.stream, s.size, s.factor, s.x));
}

template void softmax_cross_entropy(Context&, const SoftmaxCrossEntropy<float>&);
template void softmax_cross_entropy(Context&, const SoftmaxCrossEntropy<double>&);
template void softmax_cross_entropy(Context&, const SoftmaxCrossEntropy<bfloat16>&);
template void scale_by_scalar(Context&, const ScaleByScalar<float>&);
template void scale_by_scalar(Context&, const ScaleByScalar<double>&);
template void scale_by_scalar(Context&, const ScaleByScalar<bfloat16>&);

}  // namespace favras::kernels::cuda
