// Candidates in the reductions of reduce_cuda.h.
#pragma once

#include "kernels/common/candidate.h"
#include "kernels/common/reduce_cuda.h"

namespace favras::kernels {

// In the namespace of Candidate, where the reductions find it.
template <class T>
__device__ Candidate<T> from_lane_across(Candidate<T> candidate, int lanes) {
  return {__shfl_xor_sync(cuda::kWholeWarp, candidate.value, lanes),
          __shfl_xor_sync(cuda::kWholeWarp, candidate.column, lanes)};
}

namespace cuda {

struct Better {
  template <class T>
  __device__ Candidate<T> operator()(Candidate<T> a, Candidate<T> b) const {
    return ranks_before(b, a) ? b : a;
  }
};

}  // namespace cuda

}  // namespace favras::kernels
