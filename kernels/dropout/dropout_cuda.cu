#include "kernels/common/cuda_check.h"
#include "kernels/common/grid_cuda.h"
#include "kernels/common/philox.h"
#include "kernels/dropout/dropout.h"

namespace favras::kernels::cuda {
namespace {

constexpr int kDraws = 4;  // of one Philox block, hence columns a thread takes at a time

// kWidth: kDraws if rows are whole blocks at 16-byte addresses, else 1.
template <class T, int kWidth>
__global__ void __launch_bounds__(kThreads) dropout_kernel(Dropout<T> d, std::uint32_t threshold, T kept) {
  const StepState state = *d.mask.state;
  const std::int64_t blocks_a_row = (d.columns + kDraws - 1) / kDraws, blocks = d.rows * blocks_a_row;
  for (std::int64_t block = grid_thread(); block < blocks; block += grid_threads()) {
    const PhiloxCounter words =
        philox_at(state.seed, state.step, d.mask.stream, static_cast<std::uint32_t>(block));
    const auto scale = [&](int word) { return words[word] < threshold ? kept : T(0); };
    if constexpr (kWidth == kDraws) {
      auto pack = load<kWidth>(d.x + block * kWidth);
      for (int i = 0; i < kWidth; ++i) pack.at[i] *= scale(i);
      store(d.y + block * kWidth, pack);
    } else {
      const std::int64_t row = block / blocks_a_row, column = (block - row * blocks_a_row) * kDraws;
      const std::int64_t at = row * d.columns + column;
      // Unrolled with a test, not a shorter loop: words stay in registers.
      for (int i = 0; i < kDraws; ++i)
        if (column + i < d.columns) d.y[at + i] = scale(i) * d.x[at + i];
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
  const T kept = T(1) / static_cast<T>(d.mask.keep);
  const auto kernel = allows_wide(d.columns, d.x, d.y) ? dropout_kernel<T, kDraws> : dropout_kernel<T, 1>;
  const std::int64_t blocks = d.rows * ((d.columns + kDraws - 1) / kDraws);
  FAVRAS_CUDA_CHECK(
      launch(kernel, blocks_for(context, blocks, kThreads), kThreads, 0, context.stream, d, threshold, kept));
}

template void dropout(Context&, const Dropout<float>&);
template void dropout(Context&, const Dropout<double>&);

}  // namespace favras::kernels::cuda
