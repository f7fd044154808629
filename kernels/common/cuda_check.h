// Errors of CUDA calls as exceptions.
#pragma once

#include <cuda_runtime.h>
#include <stdexcept>
#include <string>

namespace favras::kernels::cuda {

class CudaError : public std::runtime_error {
 public:
  CudaError(cudaError_t code, const char* expression, const char* file, int line)
      : std::runtime_error(std::string(file) + ":" + std::to_string(line) + ": " + expression + ": " +
                           cudaGetErrorName(code) + ", " + cudaGetErrorString(code)),
        code_(code) {}
  cudaError_t code() const { return code_; }

 private:
  cudaError_t code_;
};

inline void check(cudaError_t code, const char* expression, const char* file, int line) {
  if (code == cudaSuccess) return;
  cudaGetLastError();  // or else a later, unrelated check meets this error again
  throw CudaError(code, expression, file, line);
}

}  // namespace favras::kernels::cuda

// Throws CudaError, with the expression, file and line, unless the call returns cudaSuccess.
#define FAVRAS_CUDA_CHECK(expression) \
  ::favras::kernels::cuda::check((expression), #expression, __FILE__, __LINE__)
