#include <array>

#include "kernels/common/blocks_cpu.h"
#include "kernels/common/candidate.h"
#include "kernels/top_k/top_k.h"

namespace favras::kernels::cpu {
namespace {

template <class T>
void top_k_of_row(const TopK<T>& t, std::int64_t row) {
  using A = Accumulate<T>;
  const T* x = t.x + row * t.columns;
  std::array<Candidate<A>, kLargestK> best;  // in order
  const auto begin = best.begin();
  std::int64_t found = 0;
  for (std::int64_t c = 0; c < t.columns; ++c) {
    const Candidate<A> candidate{static_cast<A>(x[c]), static_cast<std::int32_t>(c)};
    if (found == t.k && !ranks_before(candidate, best[t.k - 1])) continue;
    found = std::min(found + 1, t.k);
    // The last one makes room.
    const auto place = std::upper_bound(begin, begin + found - 1, candidate, ranks_before<A>);
    std::move_backward(place, begin + found - 1, begin + found);
    *place = candidate;
  }
  for (std::int64_t i = 0; i < t.k; ++i) {
    t.values[row * t.k + i] = best[i].value;
    t.indices[row * t.k + i] = best[i].column;
  }
}

}  // namespace

template <class T>
void top_k(Context& context, const TopK<T>& t) {
  check_k(t);
  for_row_blocks(context, t.rows, t.columns, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) top_k_of_row(t, row);
  });
}

template void top_k(Context&, const TopK<float>&);
template void top_k(Context&, const TopK<double>&);
template void top_k(Context&, const TopK<bfloat16>&);

}  // namespace favras::kernels::cpu
