// Memory that is not the kernel's, or not the host's.
#include "kernels/common/cuda_platform.h"
#include "tests/simt/bugs/bugs.h"
#include "tests/simt/device_array.h"

namespace favras::simt_bugs {

namespace {

using kernels::cuda::launch;
using simt::check;
using simt::DeviceArray;

constexpr unsigned kThreads = 32;

bool all_are(const DeviceArray<int>& array, int value) {
  return array.values() == std::vector<int>(array.size(), value);
}

__global__ void past_static(int* to, bool fixed) {
  FAVRAS_SHARED(int, tile, [kThreads]);
  tile[fixed ? threadIdx.x : threadIdx.x + 1] = 1;
  __syncthreads();
  to[threadIdx.x] = fixed ? tile[threadIdx.x] : 1;
}

bool static_shared_overrun(bool fixed) {
  const DeviceArray<int> to(kThreads);
  check(launch(past_static, 1, kThreads, 0, nullptr, to.data(), fixed));
  return all_are(to, 1);
}

__global__ void through_dynamic(int* to) {
  auto* tile = kernels::cuda::dynamic_shared<int>();
  tile[threadIdx.x] = 1;
  to[threadIdx.x] = tile[threadIdx.x];
}

bool dynamic_shared_overrun(bool fixed) {
  const DeviceArray<int> to(kThreads);
  const std::size_t bytes = (fixed ? kThreads : kThreads - 1) * sizeof(int);
  check(launch(through_dynamic, 1, kThreads, bytes, nullptr, to.data()));
  return all_are(to, 1);
}

__global__ void set(int* to, unsigned size, bool fixed) {
  const unsigned i = blockIdx.x * kThreads + threadIdx.x;
  if (!fixed || i < size) to[i] = 1;
}

bool global_overrun(bool fixed) {
  const DeviceArray<int> to(50);
  check(launch(set, 2, kThreads, 0, nullptr, to.data(), 50, fixed));
  return all_are(to, 1);
}

__global__ void through_local(int* to, unsigned last) {
  int local[4] = {1, 1, 1, 1};
  int sum = 0;
  for (unsigned i = 0; i <= last; ++i) sum += local[i];
  to[threadIdx.x] = sum > 0 ? 1 : 0;
}

bool local_overrun(bool fixed) {
  const DeviceArray<int> to(kThreads);
  check(launch(through_local, 1, kThreads, 0, nullptr, to.data(), fixed ? 3 : 4));
  return all_are(to, 1);
}

__global__ void set_four(float* to) { *reinterpret_cast<float4*>(to) = {1, 1, 1, 1}; }

bool misaligned_vector(bool fixed) {
  const DeviceArray<float> to(8);
  check(launch(set_four, 1, 1, 0, nullptr, to.data() + (fixed ? 4 : 1)));
  return to.values()[4] == 1;
}

bool use_after_free(bool fixed) {
  int* memory = nullptr;
  cudaStream_t stream = nullptr;
  check(cudaStreamCreate(&stream));
  check(cudaMallocAsync(reinterpret_cast<void**>(&memory), kThreads * sizeof(int), stream));
  if (!fixed) check(cudaFreeAsync(memory, stream));
  check(launch(set, 1, kThreads, 0, stream, memory, kThreads, true));
  if (fixed) check(cudaFreeAsync(memory, stream));
  check(cudaStreamDestroy(stream));
  return true;
}

bool host_reads_device_memory(bool fixed) {
  const DeviceArray<int> to(kThreads);
  check(launch(set, 1, kThreads, 0, nullptr, to.data(), kThreads, true));
  check(cudaDeviceSynchronize());
  return (fixed ? to.values()[0] : to.data()[0]) == 1;
}

}  // namespace

std::vector<Bug> memory_bugs() {
  return {{"static_shared_overrun", static_shared_overrun},
          {"dynamic_shared_overrun", dynamic_shared_overrun},
          {"global_overrun", global_overrun},
          {"local_overrun", local_overrun},
          {"misaligned_vector", misaligned_vector},
          {"use_after_free", use_after_free},
          {"host_reads_device_memory", host_reads_device_memory}};
}

}  // namespace favras::simt_bugs
