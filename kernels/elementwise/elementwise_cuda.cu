#include "kernels/common/cuda_check.h"
#include "kernels/common/grid_cuda.h"
#include "kernels/elementwise/elementwise.h"

namespace favras::kernels::cuda {
namespace {

// What each operation does to the elements i ... i + kWidth - 1.

template <int kWidth, class T>
__device__ void apply(const Fill<T>& f, std::int64_t i) {
  Pack<T, kWidth> x;
  for (T& value : x.at) value = T(f.value);
  store(f.x + i, x);
}

template <int kWidth, class T>
__device__ void apply(const Add<T>& a, std::int64_t i) {
  using A = Accumulate<T>;
  const auto x = load<kWidth>(a.x + i);
  auto y = load<kWidth>(a.y + i);
  for (int k = 0; k < kWidth; ++k) y.at[k] = T(A(y.at[k]) + A(x.at[k]));
  store(a.y + i, y);
}

template <int kWidth, class From, class To>
__device__ void apply(const Convert<From, To>& c, std::int64_t i) {
  const auto x = load<kWidth>(c.x + i);
  Pack<To, kWidth> y;
  for (int k = 0; k < kWidth; ++k) y.at[k] = To(x.at[k]);
  store(c.y + i, y);
}

template <int kWidth, class Operation>
__global__ void __launch_bounds__(kThreads) flat_kernel(Operation operation) {
  for_flat<kWidth>(operation.size,
                   [&](auto width, std::int64_t i) { apply<decltype(width)::value>(operation, i); });
}

// kWidth at a time if the arrays allow it.
template <int kWidth, class Operation>
void launch_flat(const Context& context, const Operation& operation, bool wide) {
  if (operation.size == 0) return;
  FAVRAS_CUDA_CHECK(launch(wide ? flat_kernel<kWidth, Operation> : flat_kernel<1, Operation>,
                           blocks_for(context, operation.size, kThreads * (wide ? kWidth : 1)), kThreads, 0,
                           context.stream, operation));
}

}  // namespace

template <class T>
void fill(Context& context, const Fill<T>& f) {
  launch_flat<kWide<T>>(context, f, allows_wide(0, f.x));
}

template <class T>
void add(Context& context, const Add<T>& a) {
  launch_flat<kWide<T>>(context, a, allows_wide(0, a.x, a.y));
}

template <class From, class To>
void convert(Context& context, const Convert<From, To>& c) {
  launch_flat<std::max(kWide<From>, kWide<To>)>(context, c, allows_wide(0, c.x, c.y));
}

template void fill(Context&, const Fill<float>&);
template void fill(Context&, const Fill<double>&);
template void fill(Context&, const Fill<bfloat16>&);
template void add(Context&, const Add<float>&);
template void add(Context&, const Add<double>&);
template void add(Context&, const Add<bfloat16>&);
template void convert(Context&, const Convert<float, bfloat16>&);
template void convert(Context&, const Convert<bfloat16, float>&);

}  // namespace favras::kernels::cuda
