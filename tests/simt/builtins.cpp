#include "tests/simt/builtins.h"

uint3 threadIdx, blockIdx;
dim3 blockDim, gridDim;
