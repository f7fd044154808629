#include "tests/simt/launch.h"

#include <map>
#include <utility>

#include "tests/simt/grid.h"
#include "tests/simt/options.h"
#include "tests/simt/runtime.h"
#include "tests/simt/stream.h"

namespace favras::simt {

namespace {

std::map<const void*, std::size_t> dynamic_shared_limits;  // what cudaFuncSetAttribute granted

bool is_cooperative(const cudaLaunchConfig_t& config) {
  for (unsigned i = 0; i < config.numAttrs; ++i) {
    if (config.attrs[i].id == cudaLaunchAttributeCooperative) return config.attrs[i].val.cooperative != 0;
  }
  return false;
}

bool is_extent(dim3 extent, dim3 most) {
  return extent.x >= 1 && extent.y >= 1 && extent.z >= 1 && extent.x <= most.x && extent.y <= most.y &&
         extent.z <= most.z;
}

cudaError_t check(const LaunchShape& shape, const void* code, int architecture) {
  const DeviceProfile& device = options().device;
  if (device.major * 10 + device.minor < architecture) return cudaErrorNoKernelImageForDevice;
  const dim3 block = shape.block;
  if (!is_extent(shape.grid, {0x7FFFFFFF, 0xFFFF, 0xFFFF}) || !is_extent(block, {1024, 1024, 64}) ||
      static_cast<int>(block.x * block.y * block.z) > device.threads_per_block) {
    return cudaErrorInvalidConfiguration;
  }
  const auto granted = dynamic_shared_limits.find(code);
  const std::size_t limit =
      granted == dynamic_shared_limits.end() ? device.shared_per_block : granted->second;
  if (shape.shared_bytes > limit) return cudaErrorInvalidValue;
  if (!shape.cooperative) return cudaSuccess;
  const int resident =
      resident_blocks(device, static_cast<int>(block.x * block.y * block.z), shape.shared_bytes);
  const std::size_t blocks = std::size_t{shape.grid.x} * shape.grid.y * shape.grid.z;
  const std::size_t most =
      static_cast<std::size_t>(resident) * static_cast<std::size_t>(device.multiprocessors);
  return blocks > most ? cudaErrorCooperativeLaunchTooLarge : cudaSuccess;
}

}  // namespace

cudaError_t launch_erased(const cudaLaunchConfig_t& config, const void* code, int architecture,
                          std::function<void()> kernel) {
  const LaunchShape shape{config.gridDim, config.blockDim, config.dynamicSmemBytes, is_cooperative(config)};
  const cudaError_t error = check(shape, code, architecture);
  if (error != cudaSuccess) return report(error);
  enqueue(config.stream, {[shape, kernel = std::move(kernel)] { Grid(shape, kernel).run(); }});
  return cudaSuccess;
}

}  // namespace favras::simt

using namespace favras::simt;

extern "C" {

cudaError_t cudaFuncSetAttribute(const void* code, cudaFuncAttribute attribute, int value) {
  if (attribute == cudaFuncAttributePreferredSharedMemoryCarveout) return cudaSuccess;
  const std::size_t most = options().device.shared_per_block_opt_in;
  if (attribute != cudaFuncAttributeMaxDynamicSharedMemorySize || value < 0 ||
      static_cast<std::size_t>(value) > most) {
    return report(cudaErrorInvalidValue);
  }
  dynamic_shared_limits[code] = static_cast<std::size_t>(value);
  return cudaSuccess;
}

cudaError_t cudaFuncGetAttributes(cudaFuncAttributes* attributes, const void* code) {
  const DeviceProfile& device = options().device;
  const auto granted = dynamic_shared_limits.find(code);
  *attributes = {};
  attributes->maxThreadsPerBlock = device.threads_per_block;
  attributes->numRegs = device.registers_per_thread;
  attributes->maxDynamicSharedSizeBytes =
      static_cast<int>(granted == dynamic_shared_limits.end() ? device.shared_per_block : granted->second);
  return cudaSuccess;
}

cudaError_t cudaOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, const void*, int threads,
                                                          std::size_t shared_bytes) {
  *blocks = resident_blocks(options().device, threads, shared_bytes);
  return cudaSuccess;
}

}  // extern "C"
