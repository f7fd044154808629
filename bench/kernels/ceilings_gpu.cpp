#include <algorithm>

#include "bench/kernels/arrays.h"
#include "bench/kernels/ceilings.h"
#include "bench/kernels/gpu.h"
#include "kernels/gemm/gemm.h"

namespace favras::bench {
namespace {

constexpr int kTries = 10;
constexpr std::int64_t kLarge = 8192;

template <class Run>
double fastest(Gpu& device, const Run& run) {
  run();
  double least = device.seconds(run);
  for (int i = 1; i < kTries; ++i) least = std::min(least, device.seconds(run));
  return least;
}

template <class T>
double operations_per_second(Gpu& device) {
  const auto a = numbers<T>(device, kLarge * kLarge), b = numbers<T>(device, kLarge * kLarge);
  const auto c = zeros<T>(device, kLarge * kLarge);
  kernels::Gemm<T> product{.m = kLarge, .n = kLarge, .k = kLarge};
  product.a = a.data(), product.b = b.data(), product.c = c.data(), product.transpose_b = true;
  return 2.0 * kLarge * kLarge * kLarge / fastest(device, [&] { gemm(device.context(), product); });
}

double copied_bytes_per_second(Gpu& device) {
  constexpr std::int64_t kBytes = std::int64_t{1} << 30;
  const auto from = zeros<char>(device, kBytes), to = zeros<char>(device, kBytes);
  return 2.0 * kBytes / fastest(device, [&] {
           FAVRAS_CUDA_CHECK(cudaMemcpyAsync(to.data(), from.data(), kBytes, cudaMemcpyDeviceToDevice,
                                             device.context().stream));
         });
}

}  // namespace

void measure_gpu_ceilings() {
  Gpu device;
  ceilings()["cuda/copy"] = copied_bytes_per_second(device);
  ceilings()["cuda/fp32"] = operations_per_second<float>(device);
  if (!cuda_devices().at(0).has_bfloat16()) return;
  device.allow_tf32(true);
  ceilings()["cuda/tf32"] = operations_per_second<float>(device);
  device.allow_tf32(false);
  ceilings()["cuda/bf16"] = operations_per_second<kernels::bfloat16>(device);
}

}  // namespace favras::bench
