// What products on a CUDA device need besides a stream: cuBLASLt, its workspace, and the algorithm chosen for
// every shape seen. One per stream.
#pragma once

#include <memory>

namespace favras::kernels::cuda {

class Products {
 public:
  // For the current device, of whose memory it takes 32 MiB. tf32: products of floats may round their
  // operands to tf32 (10 bits of fraction), on GPUs that have it. Throws CudaError, or std::runtime_error
  // where cuBLASLt cannot start.
  //
  // A product can be captured into a graph if one of its shape ran before: the first chooses the algorithm,
  // and loads its kernel, which CUDA may refuse during a capture. Graphs use the workspace: they must not
  // outlive this.
  explicit Products(bool tf32 = false);
  ~Products();
  Products(const Products&) = delete;
  Products& operator=(const Products&) = delete;

  void allow_tf32(bool tf32);
  bool allows_tf32() const;

  struct State;
  State& state() { return *state_; }

 private:
  std::unique_ptr<State> state_;
};

}  // namespace favras::kernels::cuda
