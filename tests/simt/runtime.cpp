// The runtime's errors and its one device.
#include "tests/simt/runtime.h"

#include <cstdio>
#include <cstdlib>
#include <map>
#include <utility>

#include "tests/simt/options.h"
#include "tests/simt/stream.h"

namespace favras::simt {

namespace {

cudaError_t last_error = cudaSuccess;

// A whole program is told from outside.
Options options_at_start() {
  Options options;
  if (const char* error = std::getenv("SIMT_DRIVER_ERROR")) options.driver_error = std::atoi(error);
  return options;
}

Options current_options = options_at_start();

struct ErrorText {
  const char* name;
  const char* text;
};

// The errors this runtime gives.
const std::map<cudaError_t, ErrorText>& error_texts() {
  static const std::map<cudaError_t, ErrorText> texts{
      {cudaSuccess, {"cudaSuccess", "no error"}},
      {cudaErrorInvalidValue, {"cudaErrorInvalidValue", "invalid argument"}},
      {cudaErrorMemoryAllocation, {"cudaErrorMemoryAllocation", "out of memory"}},
      {cudaErrorInvalidConfiguration, {"cudaErrorInvalidConfiguration", "invalid configuration argument"}},
      {cudaErrorInsufficientDriver,
       {"cudaErrorInsufficientDriver", "CUDA driver version is insufficient for CUDA runtime version"}},
      {cudaErrorSystemNotReady, {"cudaErrorSystemNotReady", "system not yet initialized"}},
      {cudaErrorLaunchFailure, {"cudaErrorLaunchFailure", "unspecified launch failure"}},
      {cudaErrorInvalidDevice, {"cudaErrorInvalidDevice", "invalid device ordinal"}},
      {cudaErrorInvalidResourceHandle, {"cudaErrorInvalidResourceHandle", "invalid resource handle"}},
      {cudaErrorNotReady, {"cudaErrorNotReady", "device not ready"}},
      {cudaErrorNoKernelImageForDevice,
       {"cudaErrorNoKernelImageForDevice", "no kernel image is available for execution on the device"}},
      {cudaErrorCooperativeLaunchTooLarge,
       {"cudaErrorCooperativeLaunchTooLarge", "too many blocks in cooperative launch"}},
      {cudaErrorStreamCaptureUnsupported,
       {"cudaErrorStreamCaptureUnsupported", "operation not permitted when stream is capturing"}},
      {cudaErrorStreamCaptureInvalidated,
       {"cudaErrorStreamCaptureInvalidated", "operation failed due to a previous error during capture"}},
      {cudaErrorStreamCaptureUnmatched,
       {"cudaErrorStreamCaptureUnmatched", "capture was not initiated in this stream"}},
      {cudaErrorStreamCaptureUnjoined,
       {"cudaErrorStreamCaptureUnjoined", "capturing stream has unjoined work"}},
      {cudaErrorStreamCaptureIsolation,
       {"cudaErrorStreamCaptureIsolation", "dependency created on uncaptured work in another stream"}},
      {cudaErrorStreamCaptureImplicit,
       {"cudaErrorStreamCaptureImplicit",
        "operation would make the legacy stream depend on a capturing blocking stream"}},
  };
  return texts;
}

cudaDeviceProp properties_of(const DeviceProfile& device) {
  cudaDeviceProp properties{};
  std::snprintf(properties.name, sizeof properties.name, "%s", device.name.c_str());
  properties.totalGlobalMem = device.memory;
  properties.sharedMemPerBlock = device.shared_per_block;
  properties.sharedMemPerBlockOptin = device.shared_per_block_opt_in;
  properties.sharedMemPerMultiprocessor = device.shared_per_multiprocessor;
  properties.reservedSharedMemPerBlock = device.shared_reserved_per_block;
  properties.regsPerBlock = properties.regsPerMultiprocessor = device.registers_per_multiprocessor;
  properties.warpSize = 32;
  properties.maxThreadsPerBlock = device.threads_per_block;
  properties.maxThreadsDim[0] = properties.maxThreadsDim[1] = 1024;
  properties.maxThreadsDim[2] = 64;
  properties.maxGridSize[0] = 0x7FFFFFFF;
  properties.maxGridSize[1] = properties.maxGridSize[2] = 0xFFFF;
  properties.major = device.major;
  properties.minor = device.minor;
  properties.multiProcessorCount = device.multiprocessors;
  properties.maxThreadsPerMultiProcessor = device.threads_per_multiprocessor;
  properties.maxBlocksPerMultiProcessor = device.blocks_per_multiprocessor;
  properties.l2CacheSize = static_cast<int>(device.l2);
  properties.cooperativeLaunch = 1;
  properties.concurrentKernels = 1;
  properties.asyncEngineCount = 2;
  properties.unifiedAddressing = 1;
  properties.memoryPoolsSupported = 1;
  return properties;
}

cudaError_t attribute_of(const cudaDeviceProp& properties, cudaDeviceAttr attribute, int* value) {
  switch (attribute) {
    case cudaDevAttrComputeCapabilityMajor:
      *value = properties.major;
      break;
    case cudaDevAttrComputeCapabilityMinor:
      *value = properties.minor;
      break;
    case cudaDevAttrMultiProcessorCount:
      *value = properties.multiProcessorCount;
      break;
    case cudaDevAttrMaxThreadsPerBlock:
      *value = properties.maxThreadsPerBlock;
      break;
    case cudaDevAttrMaxThreadsPerMultiProcessor:
      *value = properties.maxThreadsPerMultiProcessor;
      break;
    case cudaDevAttrMaxBlocksPerMultiprocessor:
      *value = properties.maxBlocksPerMultiProcessor;
      break;
    case cudaDevAttrMaxSharedMemoryPerBlock:
      *value = static_cast<int>(properties.sharedMemPerBlock);
      break;
    case cudaDevAttrMaxSharedMemoryPerBlockOptin:
      *value = static_cast<int>(properties.sharedMemPerBlockOptin);
      break;
    case cudaDevAttrMaxSharedMemoryPerMultiprocessor:
      *value = static_cast<int>(properties.sharedMemPerMultiprocessor);
      break;
    case cudaDevAttrL2CacheSize:
      *value = properties.l2CacheSize;
      break;
    case cudaDevAttrWarpSize:
      *value = properties.warpSize;
      break;
    case cudaDevAttrCooperativeLaunch:
      *value = properties.cooperativeLaunch;
      break;
    case cudaDevAttrMemoryPoolsSupported:
      *value = properties.memoryPoolsSupported;
      break;
    default:
      return cudaErrorInvalidValue;
  }
  return cudaSuccess;
}

}  // namespace

Options& options() { return current_options; }

cudaError_t report(cudaError_t error) {
  if (error != cudaSuccess) last_error = error;
  return error;
}

}  // namespace favras::simt

using namespace favras::simt;

extern "C" {

cudaError_t cudaGetLastError() { return std::exchange(last_error, cudaSuccess); }
cudaError_t cudaPeekAtLastError() { return last_error; }

const char* cudaGetErrorName(cudaError_t error) {
  const auto known = error_texts().find(error);
  return known == error_texts().end() ? "unrecognized error code" : known->second.name;
}

const char* cudaGetErrorString(cudaError_t error) {
  const auto known = error_texts().find(error);
  return known == error_texts().end() ? "unrecognized error code" : known->second.text;
}

cudaError_t cudaGetDeviceCount(int* devices) {
  *devices = 0;
  if (options().driver_error != 0) return report(static_cast<cudaError_t>(options().driver_error));
  *devices = 1;
  return cudaSuccess;
}

cudaError_t cudaGetDevice(int* device) {
  *device = 0;
  return cudaSuccess;
}

cudaError_t cudaSetDevice(int device) { return device == 0 ? cudaSuccess : report(cudaErrorInvalidDevice); }

cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int device) {
  if (device != 0) return report(cudaErrorInvalidDevice);
  *properties = properties_of(options().device);
  return cudaSuccess;
}

cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int device) {
  if (device != 0) return report(cudaErrorInvalidDevice);
  return report(attribute_of(properties_of(options().device), attribute, value));
}

cudaError_t cudaDriverGetVersion(int* version) {
  *version = CUDART_VERSION;
  return cudaSuccess;
}

cudaError_t cudaRuntimeGetVersion(int* version) { return cudaDriverGetVersion(version); }

}  // extern "C"
