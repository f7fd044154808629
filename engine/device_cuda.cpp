// The CUDA side of engine/device.h.
#include <cstdlib>
#include <cuda_runtime.h>
#include <stdexcept>

#include <fmt/format.h>

#include "engine/device.h"
#include "kernels/common/cuda_check.h"
#include "kernels/gemm/products_cuda.h"
#include "kernels/memory/staging_cuda.h"

namespace favras {
namespace {

// All that is made from here on is the device's.
Device made_current(Device device) {
  FAVRAS_CUDA_CHECK(cudaSetDevice(device.index));
  return device;
}

int attribute(cudaDeviceAttr which, int index) {
  int value = 0;
  FAVRAS_CUDA_CHECK(cudaDeviceGetAttribute(&value, which, index));
  return value;
}

// A stream and what belongs to it.
struct Resources {
  explicit Resources(Device which) : device(made_current(which)) {
    FAVRAS_CUDA_CHECK(cudaStreamCreateWithFlags(&context.stream, cudaStreamNonBlocking));
    FAVRAS_CUDA_CHECK(cudaMalloc(reinterpret_cast<void**>(&context.partial_sums),
                                 kernels::cuda::kPartialSums * sizeof(double)));
    context.multiprocessors = attribute(cudaDevAttrMultiProcessorCount, device.index);
    context.products = &products;
    context.staging = &staging;
  }

  Device device;  // first
  kernels::cuda::Context context;
  kernels::cuda::Products products;
  kernels::cuda::Staging staging;
};

}  // namespace

bool built_with_cuda() { return true; }

std::vector<CudaDevice> cuda_devices() {
  int count = 0;
  if (cudaGetDeviceCount(&count) != cudaSuccess) {  // no driver, or one that is too old
    cudaGetLastError();
    return {};
  }
  std::vector<CudaDevice> devices;
  for (int index = 0; index < count; ++index) {
    cudaDeviceProp properties{};
    FAVRAS_CUDA_CHECK(cudaGetDeviceProperties(&properties, index));
    devices.push_back({properties.name, properties.major, properties.minor, properties.multiProcessorCount,
                       properties.totalGlobalMem});
  }
  return devices;
}

std::string cuda_problem() {
  int driver = 0, count = 0;
  cudaDriverGetVersion(&driver);
  const cudaError_t error = cudaGetDeviceCount(&count);
  cudaGetLastError();
  const char* const visible = std::getenv("CUDA_VISIBLE_DEVICES");
  const bool hidden = error == cudaErrorNoDevice && visible != nullptr && *visible == '\0';  // by the user
  if (driver == 0 || error == cudaSuccess || hidden) return {};
  return fmt::format("{}, {} (the driver is of CUDA {}.{}, this build of {}.{})", cudaGetErrorName(error),
                     cudaGetErrorString(error), driver / 1000, driver % 1000 / 10, CUDART_VERSION / 1000,
                     CUDART_VERSION % 1000 / 10);
}

kernels::cuda::Context& cuda_context(Device device) {
  // Never destroyed: the driver may be gone before static storage is.
  static auto* const resources = new Resources(device);
  if (!(resources->device == device))
    throw std::logic_error("a process uses one CUDA device: " + to_string(resources->device) + ", not " +
                           to_string(device));
  return resources->context;
}

}  // namespace favras
