#include "kernels/common/cuda_check.h"
#include "kernels/common/grid_cuda.h"
#include "kernels/common/philox.h"
#include "kernels/dropout/dropout.h"

namespace favras::kernels::cuda {
namespace {

constexpr int kDraws = 4;  // of one Philox block, for as many columns

template <class A>
struct Scales {
  StepState state;
  std::uint32_t stream, threshold;
  A kept;

  // Of the columns of one Philox block.
  __device__ Pack<A, kDraws> operator()(std::int64_t block) const {
    const PhiloxCounter words = philox_at(state.seed, state.step, stream, static_cast<std::uint32_t>(block));
    Pack<A, kDraws> scales;
    for (int i = 0; i < kDraws; ++i) scales.at[i] = words[i] < threshold ? kept : A(0);
    return scales;
  }
};

// kWidth: kWide<T> if rows are packs of as many at 16-byte addresses, and the row does not matter; else 1.
template <class T, int kWidth>
__global__ void __launch_bounds__(kThreads)
    dropout_kernel(Dropout<T> d, std::uint32_t threshold, Accumulate<T> kept) {
  using A = Accumulate<T>;
  const Scales<A> scales{*d.mask.state, d.mask.stream, threshold, kept};
  if constexpr (kWidth > 1) {
    const std::int64_t packs = d.rows * d.columns / kWidth;
    for (std::int64_t i = grid_thread(); i < packs; i += grid_threads()) {
      auto pack = load<kWidth>(d.x + i * kWidth);
      for (int first = 0; first < kWidth; first += kDraws) {
        const auto scale = scales((i * kWidth + first) / kDraws);
        for (int k = 0; k < kDraws; ++k) pack.at[first + k] = T(scale.at[k] * A(pack.at[first + k]));
      }
      store(d.y + i * kWidth, pack);
    }
  } else {
    const std::int64_t blocks_a_row = (d.columns + kDraws - 1) / kDraws, blocks = d.rows * blocks_a_row;
    for (std::int64_t block = grid_thread(); block < blocks; block += grid_threads()) {
      const std::int64_t row = block / blocks_a_row, column = (block - row * blocks_a_row) * kDraws;
      const std::int64_t at = row * d.columns + column;
      const auto scale = scales(block);
      // Unrolled with a test, not a shorter loop: scales stay in registers.
      for (int k = 0; k < kDraws; ++k)
        if (column + k < d.columns) d.y[at + k] = T(scale.at[k] * A(d.x[at + k]));
    }
  }
}

}  // namespace

template <class T>
void dropout(Context& context, const Dropout<T>& d) {
  const std::int64_t size = d.rows * d.columns;
  if (size == 0) return;
  if (d.mask.keep >= 1.0f) {
    if (d.y != d.x)
      FAVRAS_CUDA_CHECK(
          cudaMemcpyAsync(d.y, d.x, size * sizeof(T), cudaMemcpyDeviceToDevice, context.stream));
    return;
  }
  const auto threshold = static_cast<std::uint32_t>(dropout_threshold(d.mask.keep));
  const Accumulate<T> kept = 1 / static_cast<Accumulate<T>>(d.mask.keep);
  const bool wide = allows_wide(d.columns, d.x, d.y);
  const std::int64_t units = wide ? size / kWide<T> : d.rows * ((d.columns + kDraws - 1) / kDraws);
  FAVRAS_CUDA_CHECK(launch(wide ? dropout_kernel<T, kWide<T>> : dropout_kernel<T, 1>,
                           blocks_for(context, units, kThreads), kThreads, 0, context.stream, d, threshold,
                           kept));
}

template void dropout(Context&, const Dropout<float>&);
template void dropout(Context&, const Dropout<double>&);
template void dropout(Context&, const Dropout<bfloat16>&);

}  // namespace favras::kernels::cuda
