// Blocks that race, or wait for what does not come.
#include <cooperative_groups.h>

#include "kernels/common/cuda_platform.h"
#include "tests/simt/bugs/bugs.h"
#include "tests/simt/device_array.h"

namespace favras::simt_bugs {

namespace {

using simt::check;
using simt::DeviceArray;

// Every block writes the same value: right by luck, a race all the same.
__global__ void largest(int* to, bool fixed) {
  if (threadIdx.x > 0) return;
  if (fixed) {
    atomicMax(to, 3);
  } else {
    *to = 3;
  }
}

bool race_between_blocks(bool fixed) {
  const DeviceArray<int> to(std::vector<int>{0});
  check(kernels::cuda::launch(largest, 2, 32, 0, nullptr, to.data(), fixed));
  return to.values()[0] == 3;
}

// The counter says that both blocks have written; without fences it does not say that the writes are seen.
__global__ void last_of_two(int* partial, unsigned* finished, int* sum, bool fixed) {
  if (threadIdx.x > 0) return;
  partial[blockIdx.x] = 4;
  if (fixed) __threadfence();
  if (atomicAdd(finished, 1) == 0) return;
  if (fixed) __threadfence();
  *sum = partial[0] + partial[1];
}

bool missing_fence(bool fixed) {
  const DeviceArray<int> partial(2), sum(1);
  const DeviceArray<unsigned> finished(std::vector<unsigned>{0});
  check(kernels::cuda::launch(last_of_two, 2, 32, 0, nullptr, partial.data(), finished.data(), sum.data(),
                              fixed));
  return sum.values()[0] == 8;
}

// Block 1 waits for a flag that block 0 forgets to set.
__global__ void wait_for_flag(unsigned* flag, int* to, bool fixed) {
  if (threadIdx.x > 0) return;
  if (blockIdx.x == 0) {
    *to = 9;
    if (fixed) kernels::cuda::store_release(flag, 1);
    return;
  }
  while (kernels::cuda::load_acquire(flag) == 0) continue;
  *to += 1;
}

bool flag_never_set(bool fixed) {
  const DeviceArray<unsigned> flag(std::vector<unsigned>{0});
  const DeviceArray<int> to(1);
  check(kernels::cuda::launch_cooperative(wait_for_flag, 2, 32, 0, nullptr, flag.data(), to.data(), fixed));
  return to.values()[0] == 10;
}

__global__ void two_phases(int* to) {
  to[blockIdx.x] = 1;
  cooperative_groups::this_grid().sync();
  if (to[(blockIdx.x + 1) % gridDim.x] == 1) to[gridDim.x + blockIdx.x] = 2;
}

bool grid_sync_without_cooperation(bool fixed) {
  const DeviceArray<int> to(4);
  check(fixed ? kernels::cuda::launch_cooperative(two_phases, 2, 1, 0, nullptr, to.data())
              : kernels::cuda::launch(two_phases, 2, 1, 0, nullptr, to.data()));
  return to.values() == std::vector<int>{1, 1, 2, 2};
}

}  // namespace

std::vector<Bug> grid_bugs() {
  return {{"race_between_blocks", race_between_blocks},
          {"missing_fence", missing_fence},
          {"flag_never_set", flag_never_set},
          {"grid_sync_without_cooperation", grid_sync_without_cooperation}};
}

}  // namespace favras::simt_bugs
