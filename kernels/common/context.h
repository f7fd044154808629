// What a kernel call runs on. A kernel is called as `kernel(context, arguments)`: argument-dependent
// lookup picks kernels::cpu or kernels::cuda by the context's namespace, so callers are written once.
#pragma once

struct CUstream_st;  // what CUDA's cudaStream_t points to

namespace favras::kernels {

namespace cpu {
struct Context {
  int threads = 1;  // OpenMP threads a kernel may use; >= 1
};
}  // namespace cpu

namespace cuda {
inline constexpr int kPartialSums = 1024;

class Products;  // kernels/gemm/products_cuda.h
class Staging;   // kernels/memory/staging_cuda.h

struct Context {
  CUstream_st* stream = nullptr;   // kernels are queued here; a call returns before its results are there
  int multiprocessors = 1;         // of the device, >= 1: grids are sized by it
  double* partial_sums = nullptr;  // scratch in device memory: [kPartialSums], this stream's alone
  Products* products = nullptr;    // of gemm(), this stream's alone
  Staging* staging = nullptr;      // of upload(), this stream's alone
};
}  // namespace cuda

}  // namespace favras::kernels
