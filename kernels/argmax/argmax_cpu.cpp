#include <cmath>

#include "kernels/argmax/argmax.h"
#include "kernels/common/bfloat16.h"
#include "kernels/common/blocks_cpu.h"

namespace favras::kernels::cpu {
namespace {

template <class T>
std::int32_t argmax_of_row(const T* x, std::int64_t columns) {
  std::int64_t best = 0;
  // A NaN ends the search: nothing counts as larger than the first one.
  const auto value = [x](std::int64_t c) { return static_cast<Accumulate<T>>(x[c]); };
  for (std::int64_t c = 0; c < columns && !std::isnan(value(best)); ++c)
    if (value(c) > value(best) || std::isnan(value(c))) best = c;
  return static_cast<std::int32_t>(best);
}

}  // namespace

template <class T>
void argmax(Context& context, const Argmax<T>& a) {
  for_row_blocks(context, a.rows, a.columns, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row)
      a.index[row] = argmax_of_row(a.x + row * a.columns, a.columns);
  });
}

template void argmax(Context&, const Argmax<float>&);
template void argmax(Context&, const Argmax<double>&);
template void argmax(Context&, const Argmax<bfloat16>&);

}  // namespace favras::kernels::cpu
