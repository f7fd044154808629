// The largest values of every row and where they stand.
#pragma once

#include "engine/tensor.h"

namespace favras {

struct TopK {
  Tensor values;   // [..., k], in falling order; float where x is bfloat16
  Tensor indices;  // [..., k], int32: their columns
};

// x [..., columns]; k from 1 to the columns and to kernels::kLargestK. The order of equals, and of NaNs, is
// said in kernels/top_k/top_k.h.
TopK top_k(const Tensor& x, std::int64_t k);

}  // namespace favras
