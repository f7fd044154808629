// The k largest values of every row and their columns, in falling order; the lowest column goes first among
// equals. A NaN counts as larger than every number, as in argmax.
#pragma once

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <string>

#include "kernels/common/bfloat16.h"
#include "kernels/common/context.h"

namespace favras::kernels {

inline constexpr std::int64_t kLargestK = 64;

// No array may alias another.
template <class T>
struct TopK {
  std::int64_t rows = 0, columns = 0;
  std::int64_t k = 0;               // in [1, min(columns, kLargestK)]
  const T* x = nullptr;             // in: [rows, columns]
  Accumulate<T>* values = nullptr;  // out: [rows, k]
  std::int32_t* indices = nullptr;  // out: [rows, k], columns
};

// Throws std::invalid_argument unless k is in its range.
template <class T>
void check_k(const TopK<T>& t) {
  if (t.k < 1 || t.k > std::min(t.columns, kLargestK))
    throw std::invalid_argument("top_k: k is " + std::to_string(t.k) + " for x [" + std::to_string(t.rows) +
                                ", " + std::to_string(t.columns) + "]: it must be at least 1, at most " +
                                std::to_string(kLargestK) + " and at most the columns");
}

namespace cpu {
template <class T>
void top_k(Context&, const TopK<T>&);
}  // namespace cpu

namespace cuda {
template <class T>
void top_k(Context&, const TopK<T>&);
}  // namespace cuda

}  // namespace favras::kernels
