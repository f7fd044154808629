// Block barriers that are missing, divergent or left out by some; shared memory read before it is written.
#include <numeric>

#include "kernels/common/cuda_platform.h"
#include "tests/simt/bugs/bugs.h"
#include "tests/simt/device_array.h"

namespace favras::simt_bugs {

namespace {

using kernels::cuda::launch;
using simt::check;
using simt::DeviceArray;

constexpr unsigned kThreads = 64;
constexpr unsigned kAll = 0xFFFFFFFF;

std::vector<int> upwards() {
  std::vector<int> values(kThreads);
  std::iota(values.begin(), values.end(), 1);
  return values;
}

__global__ void reverse(const int* from, int* to, bool fixed) {
  FAVRAS_SHARED(int, tile, [kThreads]);
  tile[threadIdx.x] = from[threadIdx.x];
  if (fixed) __syncthreads();
  to[threadIdx.x] = tile[kThreads - 1 - threadIdx.x];
}

bool missing_barrier(bool fixed) {
  const DeviceArray<int> from(upwards()), to(kThreads);
  check(launch(reverse, 1, kThreads, 0, nullptr, from.data(), to.data(), fixed));
  const std::vector<int> values = upwards();
  return to.values() == std::vector<int>(values.rbegin(), values.rend());
}

// Sums over the block twice through the same array; the second sum may overwrite what the first has yet to
// read.
__device__ int sum_over_block(int value, bool fixed) {
  FAVRAS_SHARED(int, of_warp, [kThreads / 32]);
  for (int lanes = 16; lanes > 0; lanes /= 2) value += __shfl_xor_sync(kAll, value, lanes);
  if (threadIdx.x % 32 == 0) of_warp[threadIdx.x / 32] = value;
  __syncthreads();
  int sum = 0;
  for (int warp : of_warp) sum += warp;
  if (fixed) __syncthreads();
  return sum;
}

__global__ void two_sums(const int* from, int* to, bool fixed) {
  const int value = from[threadIdx.x];
  const int sum = sum_over_block(value, fixed);
  to[threadIdx.x] = sum - sum_over_block(3 * value, fixed);
}

bool write_after_read(bool fixed) {
  const DeviceArray<int> from(upwards()), to(kThreads);
  check(launch(two_sums, 1, kThreads, 0, nullptr, from.data(), to.data(), fixed));
  constexpr int kSum = kThreads * (kThreads + 1) / 2;
  return to.values() == std::vector<int>(kThreads, kSum - 3 * kSum);
}

__global__ void count_even(int* count, bool fixed) {
  FAVRAS_SHARED(int, even, [1]);
  if (threadIdx.x == 0) even[0] = 0;
  if (fixed) {
    __syncthreads();
  } else if (threadIdx.x < 32) {
    __syncthreads();
  } else {
    __syncthreads();
  }
  if (threadIdx.x % 2 == 0) atomicAdd(&even[0], 1);
  __syncthreads();
  if (threadIdx.x == 0) *count = even[0];
}

bool divergent_barrier(bool fixed) {
  const DeviceArray<int> count(1);
  check(launch(count_even, 1, kThreads, 0, nullptr, count.data(), fixed));
  return count.values()[0] == kThreads / 2;
}

__global__ void neighbours(const int* from, int* to, int size, bool fixed) {
  FAVRAS_SHARED(int, tile, [kThreads]);
  const int i = static_cast<int>(threadIdx.x);
  if (!fixed && i >= size) return;
  tile[i] = i < size ? from[i] : 0;
  __syncthreads();
  if (i < size) to[i] = tile[i] + (i > 0 ? tile[i - 1] : 0);
}

bool early_return(bool fixed) {
  const DeviceArray<int> from(upwards()), to(40);
  check(launch(neighbours, 1, kThreads, 0, nullptr, from.data(), to.data(), 40, fixed));
  const std::vector<int> sums = to.values();
  return sums.front() == 1 && sums.back() == 40 + 39;
}

// 40 values in an array for 64, summed whole.
__global__ void sum_of_some(const int* from, float* sum, bool fixed) {
  FAVRAS_SHARED(float, tile, [kThreads]);
  if (threadIdx.x < 40) {
    tile[threadIdx.x] = static_cast<float>(from[threadIdx.x]);
  } else if (fixed) {
    tile[threadIdx.x] = 0.0f;
  }
  __syncthreads();
  if (threadIdx.x > 0) return;
  *sum = 0.0f;
  for (float value : tile) *sum += value;
}

bool uninitialised_shared(bool fixed) {
  const DeviceArray<int> from(upwards());
  const DeviceArray<float> sum(1);
  check(launch(sum_of_some, 1, kThreads, 0, nullptr, from.data(), sum.data(), fixed));
  return sum.values()[0] == 40 * 41 / 2;
}

}  // namespace

std::vector<Bug> barrier_bugs() {
  return {{"missing_barrier", missing_barrier},
          {"write_after_read", write_after_read},
          {"divergent_barrier", divergent_barrier},
          {"early_return", early_return},
          {"uninitialised_shared", uninitialised_shared}};
}

}  // namespace favras::simt_bugs
