// What the stand-in for cuBLASLt has been asked for.
#pragma once

namespace favras::simt {

struct CublasLtCounts {
  int heuristics = 0;  // algorithms chosen
  int products = 0;    // asked for; one that is captured counts once
  int objects = 0;     // handles, descriptors, layouts and preferences that exist
};

CublasLtCounts& cublaslt_counts();

}  // namespace favras::simt
