// launch(): what stands behind the platform header's launch in the emulated build.
#pragma once

#include <cuda_runtime.h>
#include <functional>
#include <tuple>
#include <type_traits>
#include <utility>

namespace favras::simt {

// Checks the configuration and hands the kernel to the stream. `code` tells kernels apart, `architecture`
// (75, 90 ...) is what the calling file was compiled for, `kernel` runs one thread.
cudaError_t launch_erased(const cudaLaunchConfig_t& config, const void* code, int architecture,
                          std::function<void()> kernel);

// Every argument is copied now, as CUDA does.
template <class... Parameters, class... Arguments>
cudaError_t launch(const cudaLaunchConfig_t& config, int architecture, void (*kernel)(Parameters...),
                   Arguments&&... arguments) {
  using Values = std::tuple<std::remove_cv_t<Parameters>...>;
  return launch_erased(
      config, reinterpret_cast<const void*>(kernel), architecture,
      [kernel, values = Values(std::forward<Arguments>(arguments)...)] { std::apply(kernel, values); });
}

}  // namespace favras::simt

// NVIDIA's headers let kernels be named themselves under nvcc only.
template <class... Parameters>
cudaError_t cudaFuncSetAttribute(void (*kernel)(Parameters...), cudaFuncAttribute attribute, int value) {
  return cudaFuncSetAttribute(reinterpret_cast<const void*>(kernel), attribute, value);
}

template <class... Parameters>
cudaError_t cudaFuncGetAttributes(cudaFuncAttributes* attributes, void (*kernel)(Parameters...)) {
  return cudaFuncGetAttributes(attributes, reinterpret_cast<const void*>(kernel));
}
