// Where tensors live and kernels run.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/common/context.h"

namespace favras {

namespace kernels::cudnn {
struct Context;  // kernels/lstm/lstm_cudnn.h
}

enum class DeviceKind { kCpu, kCuda };

struct Device {
  DeviceKind kind = DeviceKind::kCpu;
  int index = 0;  // of the CUDA device

  friend bool operator==(const Device&, const Device&) = default;
};

// "cpu", "cuda", "cuda:1", or "auto": the first CUDA device if it is one that the kernels are built for.
// Throws std::invalid_argument naming what this build and this machine offer.
Device parse_device(std::string_view name);
std::string to_string(Device);

// The CPU's context is one per process. threads >= 1; oneDNN follows it.
kernels::cpu::Context& cpu_context();
void set_cpu_threads(int threads);
int available_cpu_threads();

struct CudaDevice {
  std::string name;
  int major = 0, minor = 0;  // compute capability
  int multiprocessors = 0;
  std::size_t memory = 0;  // bytes

  bool is_supported() const { return 10 * major + minor >= 75; }
  bool has_bfloat16() const { return major >= 8; }  // in products, and tf32
};

// The devices by index; none if this build has no CUDA back end, or the machine no driver.
std::vector<CudaDevice> cuda_devices();
bool built_with_cuda();
// Why a driver that is there offers no device, such as being older than the toolkit of this build; "" where
// it offers some, where there is no driver, and where the user has hidden all devices.
std::string cuda_problem();

// The device's stream and what belongs to it, made at the first call; a process uses one CUDA device. Only
// in builds with a CUDA back end. Throws CudaError.
kernels::cuda::Context& cuda_context(Device);

// The same with cuDNN, made at the first call; only in builds that found it. Throws std::runtime_error.
kernels::cudnn::Context& cudnn_context(Device);
bool built_with_cudnn();

// Whether products of floats may round their operands to tf32; of no effect on the CPU.
void allow_tf32(Device, bool);

// Waits for all that the device was asked for. Throws what went wrong there.
void synchronize(Device);

}  // namespace favras
