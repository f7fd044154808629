// bfloat16 (the upper half of a float: 8 bits of exponent, 7 of fraction) as storage: arithmetic happens in
// the type that Accumulate names. Conversions have the same bits on every device.
#pragma once

#include <bit>
#include <cstdint>

namespace favras::kernels {

struct bfloat16 {
  std::uint16_t bits;

  bfloat16() = default;
  // To the nearest, ties to even; a NaN stays a NaN.
  constexpr explicit bfloat16(float value) : bits(0) {
    const auto wide = std::bit_cast<std::uint32_t>(value);
    const std::uint32_t rounded = (wide + 0x7FFFu + ((wide >> 16) & 1u)) >> 16;
    const bool is_nan = (wide & 0x7FFFFFFFu) > 0x7F800000u;
    bits = static_cast<std::uint16_t>(is_nan ? (wide >> 16) | 0x40u : rounded);
  }
  constexpr explicit operator float() const {
    return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
  }
};

// The type of sums, states and gradients of weights where values of T are stored.
template <class T>
struct AccumulateOf {
  using type = T;
};
template <>
struct AccumulateOf<bfloat16> {
  using type = float;
};
template <class T>
using Accumulate = typename AccumulateOf<T>::type;

}  // namespace favras::kernels
