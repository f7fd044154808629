// One Products for all tests of a program: its workspace is large.
#pragma once

#include "kernels/gemm/products_cuda.h"

namespace favras::test {

inline kernels::cuda::Products& shared_products() {
  static kernels::cuda::Products products;
  return products;
}

}  // namespace favras::test
