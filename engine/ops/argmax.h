// The index of the largest value of every row.
#pragma once

#include "engine/tensor.h"

namespace favras {

// x [..., columns] -> int32 [...]; what wins a tie, and where a NaN leads, is said in
// kernels/argmax/argmax.h.
Tensor argmax(const Tensor& x);

}  // namespace favras
