#include <algorithm>

#include "kernels/common/blocks_cpu.h"
#include "kernels/copy_columns/copy_columns.h"

namespace favras::kernels::cpu {

template <class T>
void copy_columns(Context& context, const CopyColumns<T>& c) {
  for_row_blocks(context, c.rows, c.columns, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row)
      std::copy_n(c.from + row * c.from_width, c.columns, c.to + row * c.to_width);
  });
}

template void copy_columns(Context&, const CopyColumns<float>&);
template void copy_columns(Context&, const CopyColumns<double>&);
template void copy_columns(Context&, const CopyColumns<bfloat16>&);

}  // namespace favras::kernels::cpu
