// What a kernel may rely on, what counts as a fault and what only in strict mode, and how launches are
// refused.
#include <functional>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "kernels/common/cuda_platform.h"
#include "tests/simt/device_array.h"
#include "tests/simt/every_order.h"

namespace {

using namespace favras::simt;
using favras::kernels::cuda::launch;
using favras::kernels::cuda::launch_cooperative;

__global__ void nothing() {}

__global__ void write_indices(int* to) {
  const unsigned block = (blockIdx.z * gridDim.y + blockIdx.y) * gridDim.x + blockIdx.x;
  const unsigned thread = (threadIdx.z * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
  to[block * blockDim.x * blockDim.y * blockDim.z + thread] =
      static_cast<int>(blockIdx.z * 100000 + blockIdx.y * 10000 + blockIdx.x * 1000 + threadIdx.z * 100 +
                       threadIdx.y * 10 + threadIdx.x);
}

// Threads from 40 on leave before the barrier.
__global__ void leave_early(int* to) {
  FAVRAS_SHARED(int, tile, [64]);
  if (threadIdx.x >= 40) return;
  tile[threadIdx.x] = 1;
  __syncthreads();
  to[threadIdx.x] = tile[39 - threadIdx.x];
}

// Lanes from 20 on leave before the others meet.
__global__ void leave_warp_early(int* to) {
  if (threadIdx.x >= 20) return;
  to[threadIdx.x] = __popc(__ballot_sync(0xFFFFFFFF, 1));
}

__global__ void large_static(int* to) {
  FAVRAS_SHARED(int, tile, [13000]);
  tile[0] = 1;
  *to = tile[0];
}

template <class T>
__device__ T of_type(T value) {
  FAVRAS_SHARED(T, place, [1]);
  place[0] = value;
  return place[0];
}

// Every array of every instantiation is an array of its own, and the same one at every call.
__global__ void several_arrays(int* to) {
  FAVRAS_SHARED(int, first, [1]);
  FAVRAS_SHARED(int, second, [1]);
  first[0] = 1;
  second[0] = 2;
  const float three = of_type(3.0f);
  const double four = of_type(4.0);
  *to = first[0] * 1000 + second[0] * 100 + static_cast<int>(three) * 10 + static_cast<int>(four);
}

__global__ void fill(unsigned char* bytes, unsigned size) {
  for (unsigned i = threadIdx.x; i < size; i += blockDim.x) {
    bytes[i] = favras::kernels::cuda::dynamic_shared<unsigned char>()[i];
  }
}

void faults_with(const std::string& words, const std::function<void()>& run) {
  BOOST_CHECK_EXCEPTION(run(), KernelFault, [&](const KernelFault& fault) {
    BOOST_TEST_MESSAGE(fault.what());
    return std::string(fault.what()).find(words) != std::string::npos;
  });
}

Options not_strict() {
  Options options;
  options.strict = false;
  return options;
}

Options on_t4() {
  Options options;
  options.device = t4();
  return options;
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_thread_of_every_block_knows_its_place) {
  const auto result = same_in_every_order([] {
    const DeviceArray<int> to(2 * 3 * 2 * 4 * 2 * 3);
    check(launch(write_indices, dim3(2, 3, 2), dim3(4, 2, 3), 0, nullptr, to.data()));
    return to.values();
  });
  BOOST_TEST(result.front() == 0);
  BOOST_TEST(result[24 * 3 + 5] == 11011);
  BOOST_TEST(result.back() == 121213);
}

BOOST_AUTO_TEST_CASE(those_that_left_count_as_arrived_unless_strict) {
  const DeviceArray<int> to(40);
  const auto run = [&] {
    check(launch(leave_early, 1, 64, 0, nullptr, to.data()));
    BOOST_TEST(to.values() == std::vector<int>(40, 1), boost::test_tools::per_element());
  };
  faults_with("returned before __syncthreads at kernel_rules_test.cu", run);
  const ScopedOptions scoped(not_strict());
  run();
}

BOOST_AUTO_TEST_CASE(a_mask_may_name_lanes_that_left_unless_strict) {
  const DeviceArray<int> to(20);
  const auto run = [&] {
    check(launch(leave_warp_early, 1, 32, 0, nullptr, to.data()));
    BOOST_TEST(to.values() == std::vector<int>(20, 20), boost::test_tools::per_element());
  };
  faults_with("0xffffffff", run);
  const ScopedOptions scoped(not_strict());
  run();
}

BOOST_AUTO_TEST_CASE(shared_arrays_are_one_a_definition_and_instantiation) {
  const DeviceArray<int> to(1);
  check(launch(several_arrays, 1, 1, 0, nullptr, to.data()));
  BOOST_TEST(to.values()[0] == 1234);
}

BOOST_AUTO_TEST_CASE(dynamic_shared_memory_starts_as_nan) {
  const DeviceArray<unsigned char> bytes(100);
  check(launch(fill, 1, 32, 100, nullptr, bytes.data(), 100));
  BOOST_TEST(bytes.values() == std::vector<unsigned char>(100, 0xFF), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(static_shared_memory_ends_at_48_kilobytes) {
  const DeviceArray<int> to(1);
  faults_with("52000 bytes of static shared arrays", [&] {
    check(launch(large_static, 1, 1, 0, nullptr, to.data()));
    check(cudaDeviceSynchronize());
  });
}

#if !defined(FAVRAS_SIMT_ASAN) && !defined(FAVRAS_SIMT_TSAN)  // they have their own ways to say it
static __global__ void run_over_stack(int* to, int value) {
  volatile int room[66 * 256];
  for (volatile int& place : room) place = value;
  *to = room[value];
}

BOOST_AUTO_TEST_CASE(a_stack_overrun_is_a_fault) {
  const DeviceArray<int> to(1);
  faults_with("ran over its stack", [&] {
    check(launch(run_over_stack, 1, 1, 0, nullptr, to.data(), 7));
    check(cudaDeviceSynchronize());
  });
}
#endif

BOOST_AUTO_TEST_CASE(launches_beyond_the_device_are_refused) {
  BOOST_TEST(launch(nothing, 1, 1025, 0, nullptr) == cudaErrorInvalidConfiguration);
  BOOST_TEST(launch(nothing, 0, 32, 0, nullptr) == cudaErrorInvalidConfiguration);
  BOOST_TEST(launch(nothing, dim3(1, 65536), 32, 0, nullptr) == cudaErrorInvalidConfiguration);
  BOOST_TEST(launch(nothing, 1, 32, 48 * 1024 + 1, nullptr) == cudaErrorInvalidValue);
  BOOST_TEST(cudaGetLastError() == cudaErrorInvalidValue);
  BOOST_TEST(cudaGetLastError() == cudaSuccess);
}

BOOST_AUTO_TEST_CASE(more_dynamic_shared_memory_must_be_asked_for) {
  const auto ask = [](int bytes) {
    return cudaFuncSetAttribute(nothing, cudaFuncAttributeMaxDynamicSharedMemorySize, bytes);
  };
  BOOST_TEST(ask(100 * 1024) == cudaSuccess);
  BOOST_TEST(launch(nothing, 1, 32, 100 * 1024, nullptr) == cudaSuccess);
  cudaFuncAttributes attributes;
  check(cudaFuncGetAttributes(&attributes, nothing));
  BOOST_TEST(attributes.maxDynamicSharedSizeBytes == 100 * 1024);
  BOOST_TEST(ask(228 * 1024) == cudaErrorInvalidValue);
  const ScopedOptions scoped(on_t4());
  BOOST_TEST(ask(65 * 1024) == cudaErrorInvalidValue);
  BOOST_TEST(ask(48 * 1024) == cudaSuccess);
  cudaGetLastError();
}

BOOST_AUTO_TEST_CASE(cooperative_grids_must_fit_the_device) {
  BOOST_TEST(launch_cooperative(nothing, 133, 1024, 0, nullptr) == cudaErrorCooperativeLaunchTooLarge);
  Options small;
  small.device.multiprocessors = 1;
  const ScopedOptions scoped(small);
  BOOST_TEST(launch_cooperative(nothing, 4, 256, 0, nullptr) == cudaSuccess);
  BOOST_TEST(launch_cooperative(nothing, 5, 256, 0, nullptr) == cudaErrorCooperativeLaunchTooLarge);
  check(cudaDeviceSynchronize());
}

#if FAVRAS_CUDA_ARCH == 900
BOOST_AUTO_TEST_CASE(code_for_a_newer_architecture_does_not_start) {
  const ScopedOptions scoped(on_t4());
  BOOST_TEST(launch(nothing, 1, 32, 0, nullptr) == cudaErrorNoKernelImageForDevice);
  cudaGetLastError();
}
#endif

BOOST_AUTO_TEST_CASE(device_code_does_not_run_on_the_host) {
  BOOST_CHECK_THROW(__syncthreads(), KernelFault);
}
