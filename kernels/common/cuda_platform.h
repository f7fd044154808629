// The one place where the two builds of the CUDA kernels differ: nvcc's for GPUs, and g++'s against the
// emulation, in which every CUDA thread is a fiber (FAVRAS_SIMT defined). Kernel source includes this
// instead of <cuda_runtime.h>, and keeps to these rules:
//   - static shared arrays are FAVRAS_SHARED(float, tile, [32][33]); dynamic ones dynamic_shared<float>();
//   - kernels start through launch() and launch_cooperative(), never <<<>>>;
//   - a thread waits for another block's flag with load_acquire alone, a loop around it;
//   - code that depends on the architecture asks FAVRAS_CUDA_ARCH (750, 900 ...; 0 in nvcc's host pass);
//   - one barrier a line: the emulation tells barriers apart by line;
//   - grid sync is cooperative_groups::this_grid().sync(), its header included where it is used.
#pragma once

#include <cstddef>
#include <utility>

#if defined(FAVRAS_SIMT)
#define FAVRAS_CUDA_ARCH FAVRAS_SIMT
#include <simt/device.h>
#elif defined(__CUDA_ARCH__)
#define FAVRAS_CUDA_ARCH __CUDA_ARCH__
#else
#define FAVRAS_CUDA_ARCH 0
#endif
#include <cuda_runtime.h>

#if defined(FAVRAS_SIMT)
#define FAVRAS_SHARED(type, name, extents) auto& name = ::favras::simt::shared_array<type extents>([] {})
#else
#define FAVRAS_SHARED(type, name, extents) __shared__ type name extents
#endif

namespace favras::kernels::cuda {

#if defined(FAVRAS_SIMT)

template <class T>
T* dynamic_shared() {
  return static_cast<T*>(::favras::simt::dynamic_shared_memory());
}

// The flag, and with it all that its writer did before store_release.
inline unsigned load_acquire(const unsigned* flag, const char* file = __builtin_FILE(),
                             unsigned line = __builtin_LINE()) {
  ::favras::simt::before_acquire({file, line});
  return __atomic_load_n(flag, __ATOMIC_ACQUIRE);
}

inline void store_release(unsigned* flag, unsigned value) {
  __atomic_store_n(flag, value, __ATOMIC_RELEASE);
  ::favras::simt::after_release();
}

template <class... Parameters, class... Arguments>
cudaError_t launch_with(const cudaLaunchConfig_t& config, void (*kernel)(Parameters...),
                        Arguments&&... arguments) {
  return ::favras::simt::launch(config, FAVRAS_CUDA_ARCH / 10, kernel, std::forward<Arguments>(arguments)...);
}

#else

// The block's dynamic shared memory, 16-byte aligned; its size is launch()'s shared_bytes.
template <class T>
__device__ __forceinline__ T* dynamic_shared() {
  extern __shared__ __align__(16) unsigned char favras_dynamic_shared[];
  return reinterpret_cast<T*>(favras_dynamic_shared);
}

// The flag, and with it all that its writer did before store_release.
__device__ __forceinline__ unsigned load_acquire(const unsigned* flag) {
  unsigned value;
  asm volatile("ld.acquire.gpu.u32 %0, [%1];" : "=r"(value) : "l"(flag) : "memory");
  return value;
}

__device__ __forceinline__ void store_release(unsigned* flag, unsigned value) {
  asm volatile("st.release.gpu.u32 [%0], %1;" : : "l"(flag), "r"(value) : "memory");
}

template <class... Parameters, class... Arguments>
cudaError_t launch_with(const cudaLaunchConfig_t& config, void (*kernel)(Parameters...),
                        Arguments&&... arguments) {
  return cudaLaunchKernelEx(&config, kernel, std::forward<Arguments>(arguments)...);
}

#endif

// Starts the kernel on the stream; arguments convert to its parameters and are copied now. Returns what
// is wrong with the launch itself; what goes wrong in the kernel comes from a later call.
template <class... Parameters, class... Arguments>
[[nodiscard]] cudaError_t launch(void (*kernel)(Parameters...), dim3 grid, dim3 block,
                                 std::size_t shared_bytes, cudaStream_t stream, Arguments&&... arguments) {
  cudaLaunchConfig_t config{};
  config.gridDim = grid;
  config.blockDim = block;
  config.dynamicSmemBytes = shared_bytes;
  config.stream = stream;
  return launch_with(config, kernel, std::forward<Arguments>(arguments)...);
}

// The same with all blocks on the device at once, so that the grid can synchronise.
template <class... Parameters, class... Arguments>
[[nodiscard]] cudaError_t launch_cooperative(void (*kernel)(Parameters...), dim3 grid, dim3 block,
                                             std::size_t shared_bytes, cudaStream_t stream,
                                             Arguments&&... arguments) {
  cudaLaunchAttribute cooperative{};
  cooperative.id = cudaLaunchAttributeCooperative;
  cooperative.val.cooperative = 1;
  cudaLaunchConfig_t config{};
  config.gridDim = grid;
  config.blockDim = block;
  config.dynamicSmemBytes = shared_bytes;
  config.stream = stream;
  config.attrs = &cooperative;
  config.numAttrs = 1;
  return launch_with(config, kernel, std::forward<Arguments>(arguments)...);
}

}  // namespace favras::kernels::cuda
