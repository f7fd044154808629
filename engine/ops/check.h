// How operations refuse what a caller got wrong: operation, argument, shapes.
#pragma once

#include <stdexcept>
#include <string>

#include <fmt/format.h>

#include "engine/tensor.h"

namespace favras {

// Axes of expected shapes; kAny matches every size.
inline constexpr std::int64_t kAny = -1;

inline void check_shape(const char* operation, const char* argument, const Tensor& tensor,
                        const Shape& expected) {
  bool fits = tensor && tensor.shape().size() == expected.size();
  for (std::size_t axis = 0; fits && axis < expected.size(); ++axis)
    fits = expected[axis] == kAny || expected[axis] == tensor.size(axis);
  if (fits) return;
  std::string wanted;
  for (const std::int64_t size : expected)
    wanted += (wanted.empty() ? "" : ", ") + (size == kAny ? std::string("any") : std::to_string(size));
  throw std::invalid_argument(fmt::format("{}: {} must be [{}], got {}", operation, argument, wanted,
                                          tensor ? to_string(tensor.shape()) : "nothing"));
}

inline void check_float(const char* operation, const char* argument, const Tensor& tensor) {
  if (tensor.dtype() == DType::kInt32 || tensor.dtype() == DType::kByte)
    throw std::invalid_argument(fmt::format("{}: {} must be float32, float64 or bfloat16, got {}", operation,
                                            argument, to_string(tensor.dtype())));
}

inline void check_dtype(const char* operation, const char* argument, const Tensor& tensor, DType expected) {
  if (tensor.dtype() != expected)
    throw std::invalid_argument(fmt::format("{}: {} must be {}, got {}", operation, argument,
                                            to_string(expected), to_string(tensor.dtype())));
}

}  // namespace favras
