// One row of a dropout mask on the CPU, shared by dropout and by the LSTM's pointwise pass.
#pragma once

#include <cstdint>

#include "kernels/dropout/dropout.h"

namespace favras::kernels::cpu {

// scale[c] = 1/keep or 0 for c in [0, columns): row `row` of the mask. mask.keep < 1.
template <class T>
void dropout_mask_row(const DropoutMask& mask, std::int64_t row, std::int64_t columns, T* scale);

}  // namespace favras::kernels::cpu
