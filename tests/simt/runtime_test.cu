// The stand-in for NVIDIA's runtime: memory, copies, streams, events, graphs, the device.
#include <functional>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "kernels/common/cuda_platform.h"
#include "tests/simt/device_array.h"
#include "tests/simt/memory.h"
#include "tests/simt/options.h"

namespace {

using namespace favras::simt;
using favras::kernels::cuda::launch;

__global__ void add(int* to, int value) { *to = *to * 10 + value; }

struct Stream {
  cudaStream_t handle = nullptr;
  Stream() { check(cudaStreamCreateWithFlags(&handle, cudaStreamNonBlocking)); }
  ~Stream() { cudaStreamDestroy(handle); }
};

struct Event {
  cudaEvent_t handle = nullptr;
  Event() { check(cudaEventCreate(&handle)); }
  ~Event() { cudaEventDestroy(handle); }
};

Options at_once() {
  Options options;
  options.deferred = false;
  return options;
}

}  // namespace

BOOST_AUTO_TEST_CASE(device_memory_starts_as_nan_and_is_counted) {
  const std::size_t before = device_bytes_in_use();
  {
    const DeviceArray<float> values(100);
    BOOST_TEST(device_bytes_in_use() == before + 400);
    for (const float value : values.values()) BOOST_TEST(value != value);
  }
  BOOST_TEST(device_bytes_in_use() == before);
}

BOOST_AUTO_TEST_CASE(the_device_runs_out_of_memory) {
  Options small;
  small.device.memory = device_bytes_in_use() + 1000;
  const ScopedOptions scoped(small);
  void* memory = nullptr;
  BOOST_TEST(cudaMalloc(&memory, 1001) == cudaErrorMemoryAllocation);
  BOOST_TEST(cudaGetLastError() == cudaErrorMemoryAllocation);
  check(cudaMalloc(&memory, 900));
  std::size_t free = 0, total = 0;
  check(cudaMemGetInfo(&free, &total));
  BOOST_TEST(free == 100u);
  check(cudaFree(memory));
}

BOOST_AUTO_TEST_CASE(copies_must_stay_inside_and_know_their_direction) {
  const DeviceArray<int> array(4);
  int host[8] = {};
  const auto copy = [&](cudaMemcpyKind kind, std::size_t bytes) {
    return cudaMemcpy(array.data(), host, bytes, kind);
  };
  BOOST_TEST(copy(cudaMemcpyHostToDevice, 16) == cudaSuccess);
  BOOST_TEST(copy(cudaMemcpyDefault, 16) == cudaSuccess);
  BOOST_TEST(copy(cudaMemcpyHostToDevice, 20) == cudaErrorInvalidValue);
  BOOST_TEST(copy(cudaMemcpyDeviceToHost, 16) == cudaErrorInvalidValue);
  BOOST_TEST(cudaMemset(array.data(), 0, 17) == cudaErrorInvalidValue);
  BOOST_TEST(cudaFree(array.data() + 1) == cudaErrorInvalidValue);
  cudaGetLastError();
}

BOOST_AUTO_TEST_CASE(a_stream_keeps_its_order_and_waits_to_be_waited_for) {
  const Stream stream;
  const DeviceArray<int> to(std::vector<int>{0});
  for (int i = 1; i <= 3; ++i) check(launch(add, 1, 1, 0, stream.handle, to.data(), i));
  BOOST_TEST(cudaStreamQuery(stream.handle) == cudaErrorNotReady);
  check(cudaStreamSynchronize(stream.handle));
  BOOST_TEST(to.values()[0] == 123);
}

__global__ void wait_alone(int* to) {
  if (threadIdx.x > 0) return;
  __syncthreads();
  *to = 1;
}

BOOST_AUTO_TEST_CASE(a_fault_cancels_what_is_queued_behind_it) {
  const Stream stream, other;
  const Event event;
  const DeviceArray<int> to(std::vector<int>{5});
  check(launch(wait_alone, 1, 32, 0, stream.handle, to.data()));
  check(launch(add, 1, 1, 0, stream.handle, to.data(), 1));
  check(cudaEventRecord(event.handle, stream.handle));
  check(cudaStreamWaitEvent(other.handle, event.handle, 0));
  check(launch(add, 1, 1, 0, other.handle, to.data(), 2));
  BOOST_CHECK_THROW(check(cudaStreamSynchronize(stream.handle)), KernelFault);
  check(cudaEventSynchronize(event.handle));
  BOOST_TEST(to.values()[0] == 5);
}

BOOST_AUTO_TEST_CASE(streams_that_are_not_deferred_are_done_at_once) {
  const ScopedOptions scoped(at_once());
  const Stream stream;
  const DeviceArray<int> to(std::vector<int>{0});
  check(launch(add, 1, 1, 0, stream.handle, to.data(), 1));
  BOOST_TEST(cudaStreamQuery(stream.handle) == cudaSuccess);
}

BOOST_AUTO_TEST_CASE(blocking_streams_and_the_legacy_stream_wait_for_each_other) {
  cudaStream_t blocking = nullptr;
  check(cudaStreamCreate(&blocking));
  const DeviceArray<int> to(std::vector<int>{0});
  check(launch(add, 1, 1, 0, blocking, to.data(), 1));
  check(launch(add, 1, 1, 0, nullptr, to.data(), 2));
  check(launch(add, 1, 1, 0, blocking, to.data(), 3));
  check(cudaStreamSynchronize(blocking));
  BOOST_TEST(to.values()[0] == 123);
  check(cudaStreamDestroy(blocking));
}

BOOST_AUTO_TEST_CASE(events_order_streams_and_tell_time) {
  const Stream first, second;
  const Event before, between;
  const DeviceArray<int> to(std::vector<int>{0});
  check(cudaEventRecord(before.handle, first.handle));
  check(launch(add, 1, 1, 0, first.handle, to.data(), 1));
  check(cudaEventRecord(between.handle, first.handle));
  float milliseconds = -1;
  BOOST_TEST(cudaEventElapsedTime(&milliseconds, before.handle, between.handle) == cudaErrorNotReady);
  check(cudaStreamWaitEvent(second.handle, between.handle, 0));
  check(launch(add, 1, 1, 0, second.handle, to.data(), 2));
  check(cudaStreamSynchronize(second.handle));
  BOOST_TEST(to.values()[0] == 12);
  BOOST_TEST(cudaEventQuery(between.handle) == cudaSuccess);
  check(cudaEventElapsedTime(&milliseconds, before.handle, between.handle));
  BOOST_TEST(milliseconds >= 0);
  cudaGetLastError();
}

BOOST_AUTO_TEST_CASE(stream_ordered_memory_lives_until_the_stream_frees_it) {
  const Stream stream;
  const DeviceArray<int> to(1);
  const std::size_t before = device_allocations();
  int* memory = nullptr;
  check(cudaMallocAsync(reinterpret_cast<void**>(&memory), sizeof(int), stream.handle));
  check(cudaMemsetAsync(memory, 0, sizeof(int), stream.handle));
  check(launch(add, 1, 1, 0, stream.handle, memory, 7));
  check(cudaMemcpyAsync(to.data(), memory, sizeof(int), cudaMemcpyDeviceToDevice, stream.handle));
  check(cudaFreeAsync(memory, stream.handle));
  BOOST_TEST(device_allocations() == before + 1);
  check(cudaStreamSynchronize(stream.handle));
  BOOST_TEST(device_allocations() == before);
  BOOST_TEST(to.values()[0] == 7);
}

BOOST_AUTO_TEST_CASE(a_graph_replays_what_was_captured_with_the_arguments_of_then) {
  const Stream stream;
  const DeviceArray<int> to(std::vector<int>{0});
  int digit = 1;
  check(cudaStreamBeginCapture(stream.handle, cudaStreamCaptureModeGlobal));
  check(launch(add, 1, 1, 0, stream.handle, to.data(), digit));
  digit = 2;
  check(launch(add, 1, 1, 0, stream.handle, to.data(), digit));
  BOOST_TEST(cudaStreamSynchronize(stream.handle) == cudaErrorStreamCaptureUnsupported);
  void* memory = nullptr;
  BOOST_TEST(cudaMalloc(&memory, 4) == cudaErrorStreamCaptureUnsupported);
  cudaGraph_t graph = nullptr;
  check(cudaStreamEndCapture(stream.handle, &graph));
  digit = 9;
  BOOST_TEST(to.values()[0] == 0);
  cudaGraphExec_t instance = nullptr;
  check(cudaGraphInstantiate(&instance, graph, 0));
  check(cudaGraphDestroy(graph));
  check(cudaGraphLaunch(instance, stream.handle));
  check(cudaGraphLaunch(instance, stream.handle));
  check(cudaGraphExecDestroy(instance));
  BOOST_TEST(to.values()[0] == 1212);
  cudaGetLastError();
}

// Captures an addition in a second stream between two in the first.
cudaError_t capture_fork(const DeviceArray<int>& to, bool joined, cudaGraph_t* graph) {
  const Stream first, second;
  const Event fork, join;
  check(cudaStreamBeginCapture(first.handle, cudaStreamCaptureModeGlobal));
  check(launch(add, 1, 1, 0, first.handle, to.data(), 1));
  check(cudaEventRecord(fork.handle, first.handle));
  check(cudaStreamWaitEvent(second.handle, fork.handle, 0));
  check(launch(add, 1, 1, 0, second.handle, to.data(), 2));
  check(cudaEventRecord(join.handle, second.handle));
  if (joined) check(cudaStreamWaitEvent(first.handle, join.handle, 0));
  check(launch(add, 1, 1, 0, first.handle, to.data(), 3));
  return cudaStreamEndCapture(first.handle, graph);
}

BOOST_AUTO_TEST_CASE(a_capture_follows_events_into_other_streams_and_wants_them_joined) {
  const DeviceArray<int> to(std::vector<int>{0});
  cudaGraph_t graph = nullptr;
  check(capture_fork(to, true, &graph));
  cudaGraphExec_t instance = nullptr;
  check(cudaGraphInstantiate(&instance, graph, 0));
  check(cudaGraphLaunch(instance, nullptr));
  check(cudaGraphExecDestroy(instance));
  check(cudaGraphDestroy(graph));
  BOOST_TEST(to.values()[0] == 123);
  BOOST_TEST(capture_fork(to, false, &graph) == cudaErrorStreamCaptureUnjoined);
  BOOST_TEST((graph == nullptr));
  cudaGetLastError();
}

BOOST_AUTO_TEST_CASE(a_capture_cannot_wait_for_what_it_does_not_hold) {
  const Stream captured, other;
  const Event outside;
  check(cudaEventRecord(outside.handle, other.handle));
  check(cudaStreamBeginCapture(captured.handle, cudaStreamCaptureModeGlobal));
  BOOST_TEST(cudaStreamWaitEvent(captured.handle, outside.handle, 0) == cudaErrorStreamCaptureIsolation);
  cudaGraph_t graph = nullptr;
  check(cudaStreamEndCapture(captured.handle, &graph));
  check(cudaGraphDestroy(graph));
  BOOST_TEST(cudaStreamEndCapture(captured.handle, &graph) == cudaErrorStreamCaptureUnmatched);
  cudaGetLastError();
}

BOOST_AUTO_TEST_CASE(host_functions_run_in_stream_order) {
  const Stream stream;
  int calls = 0;
  check(cudaLaunchHostFunc(
      stream.handle, [](void* count) { ++*static_cast<int*>(count); }, &calls));
  BOOST_TEST(calls == 0);
  check(cudaStreamSynchronize(stream.handle));
  BOOST_TEST(calls == 1);
}

BOOST_AUTO_TEST_CASE(profiles_have_the_limits_of_their_cards) {
  cudaDeviceProp properties;
  check(cudaGetDeviceProperties(&properties, 0));
  BOOST_TEST(properties.multiProcessorCount == 132);
  BOOST_TEST(properties.sharedMemPerBlockOptin == 227u * 1024);
  BOOST_TEST(cudaGetDeviceProperties(&properties, 1) == cudaErrorInvalidDevice);
  BOOST_TEST(cudaGetErrorName(cudaErrorInvalidDevice) == std::string("cudaErrorInvalidDevice"));
  cudaGetLastError();
  // 57 registers a thread and 60 KB a block: one block on each of a T4's multiprocessors, three on an H100's.
  DeviceProfile small = t4(), large = h100();
  small.registers_per_thread = large.registers_per_thread = 57;
  BOOST_TEST(resident_blocks(small, 256, 60 * 1024) * small.multiprocessors == 40);
  BOOST_TEST(resident_blocks(large, 256, 60 * 1024) * large.multiprocessors == 396);
}
