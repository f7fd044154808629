// Walks the columns of a row in vectors, for files compiled once per instruction set by Highway's
// foreach_target.h, and loads and stores them: bfloat16 is a vector of float between its load and its store.
// Include it after <hwy/highway.h>, outside HWY_BEFORE_NAMESPACE.
#if defined(FAVRAS_SIMD_COLUMNS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef FAVRAS_SIMD_COLUMNS_INL_H
#undef FAVRAS_SIMD_COLUMNS_INL_H
#else
#define FAVRAS_SIMD_COLUMNS_INL_H
#endif

#include <cstddef>
#include <cstdint>

#include "kernels/common/bfloat16.h"

HWY_BEFORE_NAMESPACE();
namespace favras::kernels::cpu::HWY_NAMESPACE {

template <class D, class T>
HWY_INLINE hwy::HWY_NAMESPACE::Vec<D> load(D d, const T* from) {
  return hwy::HWY_NAMESPACE::LoadU(d, from);
}
template <class D>
HWY_INLINE hwy::HWY_NAMESPACE::Vec<D> load(D d, const bfloat16* from) {
  namespace hn = hwy::HWY_NAMESPACE;
  const hn::Rebind<std::uint16_t, D> half;
  const hn::RebindToUnsigned<D> whole;
  const auto bits = hn::LoadU(half, reinterpret_cast<const std::uint16_t*>(from));
  return hn::BitCast(d, hn::ShiftLeft<16>(hn::PromoteTo(whole, bits)));
}

template <class V, class D, class T>
HWY_INLINE void store(V value, D d, T* to) {
  hwy::HWY_NAMESPACE::StoreU(value, d, to);
}
// As bfloat16's constructor rounds; Highway's own conversion truncates.
template <class V, class D>
HWY_INLINE void store(V value, D, bfloat16* to) {
  namespace hn = hwy::HWY_NAMESPACE;
  const hn::Rebind<std::uint16_t, D> half;
  const hn::RebindToUnsigned<D> whole;
  const hn::RebindToSigned<D> number;
  const auto bits = hn::BitCast(whole, value);
  const auto odd = hn::And(hn::ShiftRight<16>(bits), hn::Set(whole, 1));
  const auto rounded = hn::Add(bits, hn::Add(odd, hn::Set(whole, 0x7FFF)));
  const auto quiet = hn::Or(bits, hn::Set(whole, 0x400000));
  const auto kept = hn::IfThenElse(hn::RebindMask(whole, hn::IsNaN(value)), quiet, rounded);
  hn::StoreU(hn::DemoteTo(half, hn::BitCast(number, hn::ShiftRight<16>(kept))), half,
             reinterpret_cast<std::uint16_t*>(to));
}

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
