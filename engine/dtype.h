// Element types of tensors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace favras {

enum class DType { kFloat32, kFloat64, kInt32, kByte };

std::size_t size_of(DType);
std::string to_string(DType);

template <class T>
inline constexpr DType kDTypeOf = DType::kByte;
template <>
inline constexpr DType kDTypeOf<float> = DType::kFloat32;
template <>
inline constexpr DType kDTypeOf<double> = DType::kFloat64;
template <>
inline constexpr DType kDTypeOf<std::int32_t> = DType::kInt32;

}  // namespace favras
