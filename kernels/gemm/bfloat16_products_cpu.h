// Products of bfloat16 matrices on the CPU, by oneDNN.
#pragma once

#include "kernels/gemm/gemm.h"

namespace favras::kernels::cpu {

// Whether the CPU multiplies bfloat16 numbers itself; where it does not, they are widened to float first.
bool has_bfloat16_products();

// gemm() for m, n, k >= 1. TC: float, bfloat16.
template <class TC>
void multiply_bfloat16(Context&, const Gemm<bfloat16, TC>&);

}  // namespace favras::kernels::cpu
