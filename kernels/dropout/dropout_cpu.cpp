#include <algorithm>
#include <vector>

#include <omp.h>

#include "kernels/common/blocks_cpu.h"
#include "kernels/common/rows_cpu.h"
#include "kernels/dropout/dropout.h"
#include "kernels/dropout/dropout_mask_cpu.h"

namespace favras::kernels::cpu {

template <class T>
void dropout(Context& context, const Dropout<T>& d) {
  if (d.mask.keep >= 1.0f) {
    if (d.y != d.x) std::copy_n(d.x, d.rows * d.columns, d.y);
    return;
  }
  std::vector<Accumulate<T>> scales(context.threads * d.columns);
  for_row_blocks(context, d.rows, d.columns, [&](std::int64_t begin, std::int64_t end) {
    Accumulate<T>* scale = scales.data() + omp_get_thread_num() * d.columns;
    for (std::int64_t row = begin; row < end; ++row) {
      dropout_mask_row(d.mask, row, d.columns, scale);
      multiply_row(scale, d.x + row * d.columns, d.columns, d.y + row * d.columns);
    }
  });
}

template void dropout(Context&, const Dropout<float>&);
template void dropout(Context&, const Dropout<double>&);
template void dropout(Context&, const Dropout<bfloat16>&);

}  // namespace favras::kernels::cpu
