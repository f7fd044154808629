// The order in which argmax and top_k rank the columns of a row.
#pragma once

#include <cstdint>

namespace favras::kernels {

template <class T>
struct Candidate {
  T value;
  std::int32_t column;
};

// NaNs before numbers, large before small, left before right: a total order, so that it does not matter who
// meets whom first.
template <class T>
constexpr bool ranks_before(const Candidate<T>& a, const Candidate<T>& b) {
  const bool a_is_nan = a.value != a.value, b_is_nan = b.value != b.value;
  if (a_is_nan || b_is_nan) return a_is_nan && (!b_is_nan || a.column < b.column);
  return a.value == b.value ? a.column < b.column : a.value > b.value;
}

}  // namespace favras::kernels
