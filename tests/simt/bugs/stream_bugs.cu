// Host code that does not wait, or waits for the wrong thing.
#include "kernels/common/cuda_platform.h"
#include "tests/simt/bugs/bugs.h"
#include "tests/simt/device_array.h"

namespace favras::simt_bugs {

namespace {

using kernels::cuda::launch;
using simt::check;
using simt::DeviceArray;

struct Stream {
  cudaStream_t handle = nullptr;
  Stream() { check(cudaStreamCreateWithFlags(&handle, cudaStreamNonBlocking)); }
  ~Stream() { cudaStreamDestroy(handle); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
};

__global__ void set(int* to, int value) { *to = value; }
__global__ void add(int* to, const int* value) { *to += *value; }
__global__ void add_value(int* to, int value) { *to += value; }

bool missing_synchronisation(bool fixed) {
  const Stream stream;
  const DeviceArray<int> device(1);
  int host = 0;
  check(launch(set, 1, 1, 0, stream.handle, device.data(), 5));
  check(cudaMemcpyAsync(&host, device.data(), sizeof host, cudaMemcpyDeviceToHost, stream.handle));
  if (fixed) check(cudaStreamSynchronize(stream.handle));
  const bool right = host == 5;
  check(cudaStreamSynchronize(stream.handle));
  return right;
}

bool host_buffer_reused(bool fixed) {
  const Stream stream;
  const DeviceArray<int> first(1), second(1);
  int host = 1;
  check(cudaMemcpyAsync(first.data(), &host, sizeof host, cudaMemcpyHostToDevice, stream.handle));
  if (fixed) check(cudaStreamSynchronize(stream.handle));
  host = 2;
  check(cudaMemcpyAsync(second.data(), &host, sizeof host, cudaMemcpyHostToDevice, stream.handle));
  check(cudaStreamSynchronize(stream.handle));
  return first.values()[0] == 1 && second.values()[0] == 2;
}

bool missing_event(bool fixed) {
  const Stream producer, consumer;
  cudaEvent_t produced = nullptr;
  check(cudaEventCreate(&produced));
  const DeviceArray<int> from(1);
  const DeviceArray<int> to(std::vector<int>{0});
  check(launch(set, 1, 1, 0, producer.handle, from.data(), 5));
  check(cudaEventRecord(produced, producer.handle));
  if (fixed) check(cudaStreamWaitEvent(consumer.handle, produced, 0));
  check(launch(add, 1, 1, 0, consumer.handle, to.data(), from.data()));
  check(cudaStreamSynchronize(consumer.handle));
  const bool right = to.values()[0] == 5;
  check(cudaEventDestroy(produced));
  return right;
}

// A graph of one addition, replayed for steps 1, 2 and 3; the step is the captured call's argument, or
// lies in device memory.
bool argument_baked_into_graph(bool fixed) {
  const Stream stream;
  const DeviceArray<int> step(1);
  const DeviceArray<int> sum(std::vector<int>{0});
  int number = 1;
  check(cudaStreamBeginCapture(stream.handle, cudaStreamCaptureModeGlobal));
  check(fixed ? launch(add, 1, 1, 0, stream.handle, sum.data(), step.data())
              : launch(add_value, 1, 1, 0, stream.handle, sum.data(), number));
  cudaGraph_t graph = nullptr;
  cudaGraphExec_t instance = nullptr;
  check(cudaStreamEndCapture(stream.handle, &graph));
  check(cudaGraphInstantiate(&instance, graph, 0));
  for (; number <= 3; ++number) {
    check(cudaMemcpyAsync(step.data(), &number, sizeof number, cudaMemcpyHostToDevice, stream.handle));
    check(cudaGraphLaunch(instance, stream.handle));
    check(cudaStreamSynchronize(stream.handle));
  }
  check(cudaGraphExecDestroy(instance));
  check(cudaGraphDestroy(graph));
  return sum.values()[0] == 1 + 2 + 3;
}

}  // namespace

std::vector<Bug> stream_bugs() {
  return {{"missing_synchronisation", missing_synchronisation},
          {"host_buffer_reused", host_buffer_reused},
          {"missing_event", missing_event},
          {"argument_baked_into_graph", argument_baked_into_graph}};
}

}  // namespace favras::simt_bugs
