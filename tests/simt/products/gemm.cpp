// Stands in for cuBLASLt in the emulation: products happen on the CPU, in the stream's order.
#include "kernels/gemm/gemm.h"

#include <cstdint>
#include <type_traits>
#include <vector>

#include "kernels/gemm/products_cuda.h"
#include "tests/simt/stream.h"

namespace favras::kernels::cuda {

struct Products::State {};

Products::Products(bool) {}
Products::~Products() = default;
void Products::allow_tf32(bool) {}

namespace {

// A copy, so that sanitizers see every access: the CPU's products are not built with them.
template <class T>
std::vector<Accumulate<T>> widened(const T* x, std::int64_t size) {
  std::vector<Accumulate<T>> wide(static_cast<std::size_t>(size));
  for (std::int64_t i = 0; i < size; ++i)
    wide[static_cast<std::size_t>(i)] = static_cast<Accumulate<T>>(x[i]);
  return wide;
}

template <class T, class TC>
void multiply(const Gemm<T, TC>& g) {
  using A = Accumulate<T>;
  const std::vector<A> a = widened(g.a, g.m * g.k), b = widened(g.b, g.k * g.n);
  std::vector<A> c(static_cast<std::size_t>(g.m * g.n));
  cpu::Context context;
  gemm(context, Gemm<A>{.m = g.m,
                        .n = g.n,
                        .k = g.k,
                        .a = a.data(),
                        .b = b.data(),
                        .c = c.data(),
                        .transpose_a = g.transpose_a,
                        .transpose_b = g.transpose_b});
  for (std::int64_t i = 0; i < g.m * g.n; ++i) {
    const A before = g.beta == A(0) ? A(0) : g.beta * static_cast<A>(g.c[i]);
    g.c[i] = static_cast<TC>(c[static_cast<std::size_t>(i)] + before);
  }
}

}  // namespace

template <class T, class TC>
void gemm(Context& context, const Gemm<T, TC>& g) {
  if (g.m == 0 || g.n == 0) return;
  simt::enqueue(context.stream, {[g] { multiply(g); }});
}

template void gemm(Context&, const Gemm<float>&);
template void gemm(Context&, const Gemm<double>&);
template void gemm(Context&, const Gemm<bfloat16>&);
template void gemm(Context&, const Gemm<bfloat16, float>&);

}  // namespace favras::kernels::cuda
