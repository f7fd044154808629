#include "tests/simt/device_profile.h"

#include <climits>
#include <cuda_occupancy.h>

namespace favras::simt {

namespace {

constexpr std::size_t kKiB = 1024;
constexpr std::size_t kMiB = 1024 * kKiB;

}  // namespace

DeviceProfile t4() {
  return {.name = "Tesla T4 (emulated)",
          .major = 7,
          .minor = 5,
          .multiprocessors = 40,
          .threads_per_multiprocessor = 1024,
          .blocks_per_multiprocessor = 16,
          .memory = 14918 * kMiB,
          .l2 = 4 * kMiB,
          .shared_per_multiprocessor = 64 * kKiB,
          .shared_per_block_opt_in = 64 * kKiB};
}

DeviceProfile h100() {
  return {.name = "H100 (emulated)",
          .major = 9,
          .minor = 0,
          .multiprocessors = 132,
          .threads_per_multiprocessor = 2048,
          .blocks_per_multiprocessor = 32,
          .memory = 81079 * kMiB,
          .l2 = 50 * kMiB,
          .shared_per_multiprocessor = 228 * kKiB,
          .shared_per_block_opt_in = 227 * kKiB,
          .shared_reserved_per_block = kKiB};
}

int resident_blocks(const DeviceProfile& device, int threads, std::size_t shared_bytes) {
  cudaOccDeviceProp properties;
  properties.computeMajor = device.major;
  properties.computeMinor = device.minor;
  properties.maxThreadsPerBlock = device.threads_per_block;
  properties.maxThreadsPerMultiprocessor = device.threads_per_multiprocessor;
  properties.regsPerBlock = device.registers_per_multiprocessor;
  properties.regsPerMultiprocessor = device.registers_per_multiprocessor;
  properties.warpSize = 32;
  properties.sharedMemPerBlock = device.shared_per_block;
  properties.sharedMemPerMultiprocessor = device.shared_per_multiprocessor;
  properties.numSms = device.multiprocessors;
  properties.sharedMemPerBlockOptin = device.shared_per_block_opt_in;
  properties.reservedSharedMemPerBlock = device.shared_reserved_per_block;
  cudaOccFuncAttributes kernel{};
  kernel.maxThreadsPerBlock = device.threads_per_block;
  kernel.numRegs = device.registers_per_thread;
  kernel.maxDynamicSharedSizeBytes = device.shared_per_block_opt_in;
  kernel.shmemLimitConfig = FUNC_SHMEM_LIMIT_OPTIN;
  kernel.numBlockBarriers = 1;
  const cudaOccDeviceState state{};
  cudaOccResult result{};
  const cudaOccError error =
      cudaOccMaxActiveBlocksPerMultiprocessor(&result, &properties, &kernel, &state, threads, shared_bytes);
  return error == CUDA_OCC_SUCCESS ? result.activeBlocksPerMultiprocessor : 0;
}

}  // namespace favras::simt
