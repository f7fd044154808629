// What a kernel call runs on. A kernel is called as `kernel(context, arguments)`: argument-dependent
// lookup picks kernels::cpu or kernels::cuda by the context's namespace, so callers are written once.
#pragma once

namespace favras::kernels {

namespace cpu {
struct Context {
  int threads = 1;  // OpenMP threads a kernel may use; >= 1
};
}  // namespace cpu

}  // namespace favras::kernels
