// Walks the columns of a row in vectors, for files compiled once per instruction set by Highway's
// foreach_target.h. Include it after <hwy/highway.h>, outside HWY_BEFORE_NAMESPACE.
#if defined(FAVRAS_SIMD_COLUMNS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef FAVRAS_SIMD_COLUMNS_INL_H
#undef FAVRAS_SIMD_COLUMNS_INL_H
#else
#define FAVRAS_SIMD_COLUMNS_INL_H
#endif

#include <cstddef>

HWY_BEFORE_NAMESPACE();
namespace favras::kernels::cpu::HWY_NAMESPACE {

// body(d, column) for every vector of `columns` columns: d is the widest tag first, then four lanes,
// then one, so that no access passes the row's end on any instruction set.
template <class T, class Body>
HWY_INLINE void for_columns(std::size_t columns, const Body& body) {
  const hwy::HWY_NAMESPACE::ScalableTag<T> full;
  const hwy::HWY_NAMESPACE::CappedTag<T, 4> four;
  const hwy::HWY_NAMESPACE::CappedTag<T, 1> one;
  std::size_t column = 0;
  for (; column + Lanes(full) <= columns; column += Lanes(full)) body(full, column);
  for (; column + Lanes(four) <= columns; column += Lanes(four)) body(four, column);
  for (; column < columns; ++column) body(one, column);
}

}  // namespace favras::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
