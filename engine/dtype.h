// Element types of tensors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "kernels/common/bfloat16.h"

namespace favras {

enum class DType { kFloat32, kFloat64, kBfloat16, kInt32, kByte };

std::size_t size_of(DType);
std::string to_string(DType);

// The type of sums, states and gradients of weights where values of this type are stored.
constexpr DType accumulate_dtype(DType dtype) { return dtype == DType::kBfloat16 ? DType::kFloat32 : dtype; }

template <class T>
inline constexpr DType kDTypeOf = DType::kByte;
template <>
inline constexpr DType kDTypeOf<float> = DType::kFloat32;
template <>
inline constexpr DType kDTypeOf<double> = DType::kFloat64;
template <>
inline constexpr DType kDTypeOf<kernels::bfloat16> = DType::kBfloat16;
template <>
inline constexpr DType kDTypeOf<std::int32_t> = DType::kInt32;

}  // namespace favras
