// Lanes that miss each other: masks that are wrong, exchanges that some never reach, memory handed over
// without __syncwarp.
#include "kernels/common/cuda_platform.h"
#include "tests/simt/bugs/bugs.h"
#include "tests/simt/device_array.h"

namespace favras::simt_bugs {

namespace {

using kernels::cuda::launch;
using simt::check;
using simt::DeviceArray;

constexpr unsigned kAll = 0xFFFFFFFF;

bool all_are(const DeviceArray<int>& array, int value) {
  return array.values() == std::vector<int>(array.size(), value);
}

// Sums of 16 lanes each; the mask for the upper half is that of the lower.
__global__ void half_sums(int* to, bool fixed) {
  const unsigned mask = threadIdx.x < 16 || !fixed ? 0x0000FFFF : 0xFFFF0000;
  int value = 1;
  for (int lanes = 8; lanes > 0; lanes /= 2) value += __shfl_xor_sync(mask, value, lanes);
  to[threadIdx.x] = value;
}

bool wrong_mask(bool fixed) {
  const DeviceArray<int> to(32);
  check(launch(half_sums, 1, 32, 0, nullptr, to.data(), fixed));
  return all_are(to, 16);
}

// The mask names lanes that the block does not have.
__global__ void count_lanes(int* to, bool fixed) {
  const unsigned mask = !fixed || threadIdx.x < 32 ? kAll : 0xFF;
  to[threadIdx.x] = __popc(__ballot_sync(mask, 1)) > 0 ? 1 : 0;
}

bool lanes_beyond_the_block(bool fixed) {
  const DeviceArray<int> to(40);
  check(launch(count_lanes, 1, 40, 0, nullptr, to.data(), fixed));
  return all_are(to, 1);
}

// Half of the warp shuffles, in the name of all.
__global__ void shuffle_in_branch(int* to, bool fixed) {
  int value = 1;
  if (fixed) value += __shfl_xor_sync(kAll, value, 1);
  if (!fixed && threadIdx.x < 16) value += __shfl_xor_sync(kAll, value, 1);
  __syncthreads();
  to[threadIdx.x] = value;
}

bool deadlock(bool fixed) {
  const DeviceArray<int> to(32);
  check(launch(shuffle_in_branch, 1, 32, 0, nullptr, to.data(), fixed));
  return all_are(to, 2);
}

// Reads a lane outside the mask.
__global__ void broadcast(int* to, bool fixed) {
  if (threadIdx.x < 16) to[threadIdx.x] = __shfl_sync(0x0000FFFF, 7, fixed ? 0 : 16);
}

bool shuffle_from_outside(bool fixed) {
  const DeviceArray<int> to(16);
  check(launch(broadcast, 1, 32, 0, nullptr, to.data(), fixed));
  return all_are(to, 7);
}

// A shuffle makes lanes meet, but orders no memory.
__global__ void hand_over(int* to, bool fixed) {
  FAVRAS_SHARED(int, tile, [32]);
  tile[threadIdx.x] = 5;
  const int one = __shfl_sync(kAll, 1, 0);
  if (fixed) __syncwarp();
  to[threadIdx.x] = tile[31 - threadIdx.x] + one;
}

bool missing_syncwarp(bool fixed) {
  const DeviceArray<int> to(32);
  check(launch(hand_over, 1, 32, 0, nullptr, to.data(), fixed));
  return all_are(to, 6);
}

}  // namespace

std::vector<Bug> warp_bugs() {
  return {{"wrong_mask", wrong_mask},
          {"lanes_beyond_the_block", lanes_beyond_the_block},
          {"deadlock", deadlock},
          {"shuffle_from_outside", shuffle_from_outside},
          {"missing_syncwarp", missing_syncwarp}};
}

}  // namespace favras::simt_bugs
