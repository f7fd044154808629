// CUDA's warp functions for kernel source: __shfl_*_sync, votes, __match_any_sync, __reduce_*_sync,
// __syncwarp.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "tests/simt/warp.h"

namespace favras::simt {

template <class T>
std::uint64_t to_bits(T value) {
  static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= sizeof(std::uint64_t));
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof value);
  return bits;
}

template <class T>
T from_bits(std::uint64_t bits) {
  T value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

}  // namespace favras::simt

template <class T>
T __shfl_sync(unsigned mask, T value, int source, int width = 32, const char* file = __builtin_FILE(),
              unsigned line = __builtin_LINE()) {
  using namespace favras::simt;
  return from_bits<T>(warp_shuffle(Shuffle::kIndex, mask, to_bits(value), source, width, {file, line}));
}

template <class T>
T __shfl_up_sync(unsigned mask, T value, unsigned delta, int width = 32, const char* file = __builtin_FILE(),
                 unsigned line = __builtin_LINE()) {
  using namespace favras::simt;
  return from_bits<T>(
      warp_shuffle(Shuffle::kUp, mask, to_bits(value), static_cast<int>(delta), width, {file, line}));
}

template <class T>
T __shfl_down_sync(unsigned mask, T value, unsigned delta, int width = 32,
                   const char* file = __builtin_FILE(), unsigned line = __builtin_LINE()) {
  using namespace favras::simt;
  return from_bits<T>(
      warp_shuffle(Shuffle::kDown, mask, to_bits(value), static_cast<int>(delta), width, {file, line}));
}

template <class T>
T __shfl_xor_sync(unsigned mask, T value, int lanes, int width = 32, const char* file = __builtin_FILE(),
                  unsigned line = __builtin_LINE()) {
  using namespace favras::simt;
  return from_bits<T>(warp_shuffle(Shuffle::kXor, mask, to_bits(value), lanes, width, {file, line}));
}

inline unsigned __ballot_sync(unsigned mask, int predicate, const char* file = __builtin_FILE(),
                              unsigned line = __builtin_LINE()) {
  return favras::simt::warp_ballot(mask, predicate != 0, {file, line});
}

inline int __any_sync(unsigned mask, int predicate, const char* file = __builtin_FILE(),
                      unsigned line = __builtin_LINE()) {
  return favras::simt::warp_ballot(mask, predicate != 0, {file, line}) != 0 ? 1 : 0;
}

inline int __all_sync(unsigned mask, int predicate, const char* file = __builtin_FILE(),
                      unsigned line = __builtin_LINE()) {
  return favras::simt::warp_ballot(mask, predicate == 0, {file, line}) == 0 ? 1 : 0;
}

template <class T>
unsigned __match_any_sync(unsigned mask, T value, const char* file = __builtin_FILE(),
                          unsigned line = __builtin_LINE()) {
  return favras::simt::warp_match(mask, favras::simt::to_bits(value), {file, line});
}

inline void __syncwarp(unsigned mask = 0xFFFFFFFF, const char* file = __builtin_FILE(),
                       unsigned line = __builtin_LINE()) {
  favras::simt::warp_barrier(mask, {file, line});
}

// As in CUDA, from compute capability 8.0 on.
#if FAVRAS_CUDA_ARCH >= 800
namespace favras::simt {

template <class T>
T reduce(Reduction kind, unsigned mask, T value, Site site) {
  static_assert(std::is_same_v<T, int> || std::is_same_v<T, unsigned>);
  return static_cast<T>(
      warp_reduce(kind, std::is_signed_v<T>, mask, static_cast<std::uint32_t>(value), site));
}

}  // namespace favras::simt

#define FAVRAS_SIMT_REDUCE(function, kind)                                                 \
  template <class T>                                                                       \
  T function(unsigned mask, T value, const char* file = __builtin_FILE(),                  \
             unsigned line = __builtin_LINE()) {                                           \
    return favras::simt::reduce(favras::simt::Reduction::kind, mask, value, {file, line}); \
  }
FAVRAS_SIMT_REDUCE(__reduce_add_sync, kAdd)
FAVRAS_SIMT_REDUCE(__reduce_min_sync, kMin)
FAVRAS_SIMT_REDUCE(__reduce_max_sync, kMax)
FAVRAS_SIMT_REDUCE(__reduce_and_sync, kAnd)
FAVRAS_SIMT_REDUCE(__reduce_or_sync, kOr)
FAVRAS_SIMT_REDUCE(__reduce_xor_sync, kXor)
#undef FAVRAS_SIMT_REDUCE
#endif
