#include "kernels/gemm/packed_matrix_cpu.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <type_traits>

#include "kernels/gemm/bfloat16_products_cpu.h"
#include "kernels/gemm/gemm.h"
#include "kernels/gemm/onednn_cpu.h"

namespace favras::kernels::cpu {
namespace {

// oneDNN makes a product for every number of rows. More than so many are multiplied in parts, so that it need
// not make too many.
constexpr std::int64_t kRowsOfProduct = 256;
constexpr std::size_t kProductsKept = 4096;

using Shape = std::tuple<std::int64_t, std::int64_t, std::int64_t>;  // m, n, k

template <class TC>
dnnl::matmul::primitive_desc description(const Shape& shape) {
  const auto [m, n, k] = shape;
  const dnnl::memory::desc any({k, n}, kOneDnnType<bfloat16>, dnnl::memory::format_tag::any);
  return {dnnl::matmul::desc(matrix<bfloat16>(m, k, false), any, matrix<TC>(m, n, false)),
          OneDnn::of_this_thread().engine};
}

struct Product {
  dnnl::memory::desc a, b, c;
  dnnl::matmul primitive;
};

template <class TC>
const Product& product(const Shape& shape) {
  thread_local std::map<Shape, Product> made;
  const auto found = made.find(shape);
  if (found != made.end()) return found->second;
  if (made.size() >= kProductsKept) made.clear();
  const auto as = description<TC>(shape);
  return made.emplace(shape, Product{as.src_desc(), as.weights_desc(), as.dst_desc(), dnnl::matmul(as)})
      .first->second;
}

// The layout that oneDNN wishes depends neither on m nor on what is stored. Asking for it costs as much as a
// small product, so it is that of a product that is kept.
const dnnl::memory::desc& packed_layout(std::int64_t n, std::int64_t k) {
  return product<float>({1, n, k}).b;
}

template <class TC>
void multiply_packed(const Shape& shape, const bfloat16* a, const bfloat16* b, TC* c) {
  OneDnn& library = OneDnn::of_this_thread();
  const Product& made = product<TC>(shape);
  made.primitive.execute(library.stream,
                         {{DNNL_ARG_SRC, {made.a, library.engine, const_cast<bfloat16*>(a)}},
                          {DNNL_ARG_WEIGHTS, {made.b, library.engine, const_cast<bfloat16*>(b)}},
                          {DNNL_ARG_DST, {made.c, library.engine, c}}});
}

template <class T>
void transpose(const T* x, std::int64_t rows, std::int64_t columns, T* y, int threads) {
  constexpr std::int64_t kTile = 16;
#pragma omp parallel for num_threads(threads) schedule(static)
  for (std::int64_t r0 = 0; r0 < rows; r0 += kTile)
    for (std::int64_t c0 = 0; c0 < columns; c0 += kTile)
      for (std::int64_t r = r0; r < std::min(rows, r0 + kTile); ++r)
        for (std::int64_t c = c0; c < std::min(columns, c0 + kTile); ++c)
          y[c * rows + r] = x[r * columns + c];
}

template <class T>
inline constexpr bool kIsNarrow = std::is_same_v<T, bfloat16>;

}  // namespace

template <class T>
std::int64_t PackedMatrix<T>::elements(std::int64_t k, std::int64_t n) {
  if (kIsNarrow<T> && has_bfloat16_products())
    return static_cast<std::int64_t>(packed_layout(n, k).get_size() / sizeof(bfloat16));
  return k * n;
}

template <class T>
PackedMatrix<T> PackedMatrix<T>::pack(const Context& context, const T* b, bool transposed, std::int64_t k,
                                      std::int64_t n, T* memory) {
  if (kIsNarrow<T> && has_bfloat16_products()) {
    const ThreadLimit limit(context.threads);
    OneDnn& library = OneDnn::of_this_thread();
    dnnl::memory from(matrix<bfloat16>(k, n, transposed), library.engine, const_cast<T*>(b)),
        to(packed_layout(n, k), library.engine, memory);
    dnnl::reorder(from, to).execute(library.stream, from, to);
  } else if (transposed) {
    transpose(b, n, k, memory, context.threads);
  } else {
    return {k, n, b};
  }
  return {k, n, memory};
}

template <class T>
template <class TC>
void PackedMatrix<T>::multiply(const T* a, std::int64_t m, TC* c) const {
  if constexpr (kIsNarrow<T>) {
    if (has_bfloat16_products()) {
      const ThreadLimit limit(1);
      for (std::int64_t row = 0; row < m; row += kRowsOfProduct)
        multiply_packed({std::min(kRowsOfProduct, m - row), n_, k_}, a + row * k_, packed_, c + row * n_);
      return;
    }
  }
  Context alone;
  gemm(alone, Gemm<T, TC>{.m = m, .n = n_, .k = k_, .a = a, .b = packed_, .c = c});
}

template class PackedMatrix<float>;
template class PackedMatrix<double>;
template class PackedMatrix<bfloat16>;
template void PackedMatrix<float>::multiply(const float*, std::int64_t, float*) const;
template void PackedMatrix<double>::multiply(const double*, std::int64_t, double*) const;
template void PackedMatrix<bfloat16>::multiply(const bfloat16*, std::int64_t, bfloat16*) const;
template void PackedMatrix<bfloat16>::multiply(const bfloat16*, std::int64_t, float*) const;

}  // namespace favras::kernels::cpu
