#include <algorithm>

#include "kernels/common/blocks_cpu.h"
#include "kernels/common/rows_cpu.h"
#include "kernels/elementwise/elementwise.h"

namespace favras::kernels::cpu {

template <class T>
void fill(Context&, const Fill<T>& f) {
  std::fill_n(f.x, f.size, T(f.value));
}

template <class T>
void add(Context& context, const Add<T>& a) {
  for_blocks(context, a.size, kBlockElements,
             [&](std::int64_t begin, std::int64_t end) { add_row(a.x + begin, end - begin, a.y + begin); });
}

template <class From, class To>
void convert(Context& context, const Convert<From, To>& c) {
  for_blocks(context, c.size, kBlockElements, [&](std::int64_t begin, std::int64_t end) {
    convert_row(c.x + begin, end - begin, c.y + begin);
  });
}

template void fill(Context&, const Fill<float>&);
template void fill(Context&, const Fill<double>&);
template void fill(Context&, const Fill<bfloat16>&);
template void add(Context&, const Add<float>&);
template void add(Context&, const Add<double>&);
template void add(Context&, const Add<bfloat16>&);
template void convert(Context&, const Convert<float, bfloat16>&);
template void convert(Context&, const Convert<bfloat16, float>&);

}  // namespace favras::kernels::cpu
