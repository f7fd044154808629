#include <cmath>

#include "kernels/adam/adam.h"
#include "kernels/common/cuda_check.h"
#include "kernels/common/grid_cuda.h"

namespace favras::kernels::cuda {
namespace {

// What is the same for every element.
template <class T>
struct Factors {
  T gradient;  // of every gradient
  T step;      // lr / (1 - b1^t)
  T root;      // 1 / sqrt(1 - b2^t)
};

template <class T>
__device__ Factors<T> factors_of(const Adam<T>& a) {
  const auto bias = [&](T beta) {
    return 1 - std::pow(static_cast<double>(beta), static_cast<double>(a.state->step));
  };
  return {a.gradient_scale ? *a.gradient_scale : T(1), static_cast<T>(a.state->learning_rate / bias(a.beta1)),
          static_cast<T>(1 / std::sqrt(bias(a.beta2)))};
}

// fmin and fmax would turn a NaN into the bound; comparisons let it through.
template <class T>
__device__ T clip(T x, T bound) {
  return x > bound ? bound : x < -bound ? -bound : x;
}

template <class T, int kWidth>
__global__ void __launch_bounds__(kThreads) adam_kernel(Adam<T> a, T bound) {
  // Powers in double are dear: one thread of a block takes them.
  FAVRAS_SHARED(Factors<T>, shared, [1]);
  if (threadIdx.x == 0) shared[0] = factors_of(a);
  __syncthreads();
  const Factors<T> factors = shared[0];
  for_flat<kWidth>(a.size, [&](auto width, std::int64_t i) {
    constexpr int kCount = decltype(width)::value;
    const auto gradients = load<kCount>(a.gradients + i);
    auto p = load<kCount>(a.parameters + i);
    auto m = load<kCount>(a.first_moment + i), v = load<kCount>(a.second_moment + i);
    for (int k = 0; k < kCount; ++k) {
      const T g = clip(gradients.at[k] * factors.gradient, bound);
      // Written out, for nvcc would contract them one way or the other, and the bits depend on kWidth.
      m.at[k] = std::fma(a.beta1, m.at[k], (1 - a.beta1) * g);
      v.at[k] = std::fma(a.beta2, v.at[k], (1 - a.beta2) * (g * g));
      p.at[k] -= factors.step * (m.at[k] / (std::sqrt(v.at[k]) * factors.root + a.epsilon));
    }
    store(a.first_moment + i, m);
    store(a.second_moment + i, v);
    store(a.parameters + i, p);
    if (a.copy == nullptr) return;
    Pack<bfloat16, kCount> copy;
    for (int k = 0; k < kCount; ++k) copy.at[k] = bfloat16(static_cast<float>(p.at[k]));
    store(a.copy + i, copy);
  });
}

}  // namespace

template <class T>
void adam(Context& context, const Adam<T>& a) {
  if (a.size == 0) return;
  const bool wide = allows_wide(0, a.parameters, a.gradients, a.first_moment, a.second_moment, a.copy);
  const T bound = a.element_clip > T(0) ? a.element_clip : static_cast<T>(INFINITY);
  FAVRAS_CUDA_CHECK(launch(wide ? adam_kernel<T, kWide<T>> : adam_kernel<T, 1>,
                           blocks_for(context, a.size, kThreads * (wide ? kWide<T> : 1)), kThreads, 0,
                           context.stream, a, bound));
}

template void adam(Context&, const Adam<float>&);
template void adam(Context&, const Adam<double>&);

}  // namespace favras::kernels::cuda
