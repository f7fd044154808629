#include <algorithm>

#include "kernels/elementwise/elementwise.h"

namespace favras::kernels::cpu {

template <class T>
void fill(Context&, const Fill<T>& f) {
  std::fill_n(f.x, f.size, f.value);
}

template <class T>
void add(Context& context, const Add<T>& a) {
#pragma omp parallel for simd num_threads(context.threads) schedule(static) if (a.size > 65536)
  for (std::int64_t i = 0; i < a.size; ++i) a.y[i] += a.x[i];
}

template void fill(Context&, const Fill<float>&);
template void fill(Context&, const Fill<double>&);
template void add(Context&, const Add<float>&);
template void add(Context&, const Add<double>&);

}  // namespace favras::kernels::cpu
