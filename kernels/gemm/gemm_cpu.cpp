#include <algorithm>
#include <oneapi/dnnl/dnnl.h>
#include <vector>

#include "kernels/gemm/bfloat16_products_cpu.h"
#include "kernels/gemm/gemm.h"
#include "kernels/gemm/onednn_cpu.h"

namespace favras::kernels::cpu {
namespace {

void multiply(Context& context, const Gemm<float>& g) {
  const ThreadLimit limit(context.threads);
  const dnnl_status_t status =
      dnnl_sgemm(g.transpose_a ? 'T' : 'N', g.transpose_b ? 'T' : 'N', g.m, g.n, g.k, 1.0f, g.a,
                 g.transpose_a ? g.m : g.k, g.b, g.transpose_b ? g.k : g.n, g.beta, g.c, g.n);
  if (status != dnnl_success) refused_product(g.m, g.n, g.k, status);
}

// A tile of C and the slice of k that is multiplied into it at a time; all three packed tiles fit the L2
// cache.
constexpr std::int64_t kTileRows = 64, kTileColumns = 128, kTileDepth = 128;

// packed[r, c] = op(x)[row + r, column + c] for a [rows, columns] tile
void pack(const double* x, bool transpose, std::int64_t leading, std::int64_t row, std::int64_t column,
          std::int64_t rows, std::int64_t columns, double* packed) {
  for (std::int64_t r = 0; r < rows; ++r)
    for (std::int64_t c = 0; c < columns; ++c)
      packed[r * columns + c] =
          transpose ? x[(column + c) * leading + row + r] : x[(row + r) * leading + column + c];
}

class TileProduct {
 public:
  explicit TileProduct(const Gemm<double>& g)
      : rows_(std::min(kTileRows, g.m)),
        columns_(std::min(kTileColumns, g.n)),
        depth_(std::min(kTileDepth, g.k)) {}

  // C's tile that starts at [row, column]; every element is summed in the order of k.
  void operator()(const Gemm<double>& g, std::int64_t row, std::int64_t column) {
    const std::int64_t rows = std::min(kTileRows, g.m - row), columns = std::min(kTileColumns, g.n - column);
    std::fill(sum_.begin(), sum_.end(), 0.0);
    for (std::int64_t at = 0; at < g.k; at += kTileDepth) {
      const std::int64_t depth = std::min(kTileDepth, g.k - at);
      pack(g.a, g.transpose_a, g.transpose_a ? g.m : g.k, row, at, rows, depth, a_.data());
      pack(g.b, g.transpose_b, g.transpose_b ? g.k : g.n, at, column, depth, columns, b_.data());
      for (std::int64_t r = 0; r < rows; ++r)
        for (std::int64_t d = 0; d < depth; ++d)
          for (std::int64_t c = 0; c < columns; ++c)
            sum_[r * columns + c] += a_[r * depth + d] * b_[d * columns + c];
    }
    for (std::int64_t r = 0; r < rows; ++r) {
      double* c_row = g.c + (row + r) * g.n + column;
      for (std::int64_t c = 0; c < columns; ++c)
        c_row[c] = sum_[r * columns + c] + (g.beta == 0 ? 0.0 : g.beta * c_row[c]);
    }
  }

 private:
  std::int64_t rows_, columns_, depth_;  // of the largest tile
  std::vector<double> sum_ = std::vector<double>(rows_ * columns_);
  std::vector<double> a_ = std::vector<double>(rows_ * depth_);
  std::vector<double> b_ = std::vector<double>(depth_ * columns_);
};

void multiply(Context& context, const Gemm<double>& g) {
  const std::int64_t across = (g.n + kTileColumns - 1) / kTileColumns;
  const std::int64_t tiles = (g.m + kTileRows - 1) / kTileRows * across;
#pragma omp parallel num_threads(context.threads) if (tiles > 1 && !omp_in_parallel())
  {
    TileProduct tile_product(g);
#pragma omp for schedule(static)
    for (std::int64_t tile = 0; tile < tiles; ++tile)
      tile_product(g, tile / across * kTileRows, tile % across * kTileColumns);
  }
}

template <class TC>
void multiply(Context& context, const Gemm<bfloat16, TC>& g) {
  multiply_bfloat16(context, g);
}

template <class TC>
void scale(std::int64_t size, Accumulate<TC> beta, TC* c) {
  if (beta == 0)
    std::fill_n(c, size, TC(0));
  else
    for (std::int64_t i = 0; i < size; ++i) c[i] = TC(beta * Accumulate<TC>(c[i]));
}

}  // namespace

template <class T, class TC>
void gemm(Context& context, const Gemm<T, TC>& g) {
  if (g.m == 0 || g.n == 0) return;
  if (g.k == 0) return scale(g.m * g.n, g.beta, g.c);
  multiply(context, g);
}

template void gemm(Context&, const Gemm<float>&);
template void gemm(Context&, const Gemm<double>&);
template void gemm(Context&, const Gemm<bfloat16>&);
template void gemm(Context&, const Gemm<bfloat16, float>&);

}  // namespace favras::kernels::cpu
