// What the stand-in for cuBLASLt counts, nobody counts on a GPU: the tests of it are kOnlyEmulated.
#pragma once

namespace favras::simt {

struct CublasLtCounts {
  int heuristics = 0, products = 0, objects = 0;
};

inline CublasLtCounts& cublaslt_counts() {
  static CublasLtCounts none;
  return none;
}

}  // namespace favras::simt
