// The runtime's calls about events and about graphs that have been captured.
#include <chrono>
#include <utility>

#include "tests/simt/memory.h"
#include "tests/simt/runtime.h"
#include "tests/simt/stream.h"

using namespace favras::simt;

namespace {

constexpr std::size_t kBytesOfGraphNode = 10 * 1024;  // what NVIDIA's CUDASTF reckons with

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

std::size_t& favras::simt::graph_launches() {
  static std::size_t launches = 0;
  return launches;
}

extern "C" {

cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned) {
  *event = new CUevent_st{};
  return cudaSuccess;
}

cudaError_t cudaEventCreate(cudaEvent_t* event) { return cudaEventCreateWithFlags(event, 0); }

// Queued records and waits may still name the event.
cudaError_t cudaEventDestroy(cudaEvent_t event) {
  run_everything();
  delete event;
  return cudaSuccess;
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  event->stream = &resolve(stream);
  event->capture = event->stream->capture;
  if (event->capture != nullptr) {
    event->clock = event->capture->clocks[event->stream];
    return cudaSuccess;
  }
  const auto complete = [event, number = ++event->recorded] {
    event->completed = number;
    event->seconds = now();
  };
  enqueue(event->stream, {complete, false});
  return cudaSuccess;
}

cudaError_t cudaEventQuery(cudaEvent_t event) {
  if (event->completed < event->recorded) cudaStreamQuery(event->stream);
  return event->completed < event->recorded ? cudaErrorNotReady : cudaSuccess;
}

cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  if (event->capture != nullptr) return report(cudaErrorStreamCaptureUnsupported);
  while (cudaEventQuery(event) == cudaErrorNotReady) continue;
  return cudaSuccess;
}

cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t start, cudaEvent_t end) {
  if (start->recorded == 0 || end->recorded == 0) return report(cudaErrorInvalidResourceHandle);
  if (start->completed < start->recorded || end->completed < end->recorded) return report(cudaErrorNotReady);
  *milliseconds = static_cast<float>((end->seconds - start->seconds) * 1e3);
  return cudaSuccess;
}

cudaError_t cudaGraphInstantiate(cudaGraphExec_t* instance, cudaGraph_t graph, unsigned long long) {
  *instance = nullptr;
  if (!take_for_graph(graph->operations.size() * kBytesOfGraphNode)) return report(cudaErrorMemoryAllocation);
  *instance = new CUgraphExec_st{graph->operations};
  return cudaSuccess;
}

cudaError_t cudaGraphUpload(cudaGraphExec_t, cudaStream_t stream) {
  return is_capturing(stream) ? report(cudaErrorStreamCaptureUnsupported) : cudaSuccess;
}

cudaError_t cudaGraphLaunch(cudaGraphExec_t instance, cudaStream_t stream) {
  if (is_capturing(stream)) return report(cudaErrorStreamCaptureUnsupported);
  ++graph_launches();
  for (const Operation& operation : instance->operations) enqueue(stream, operation);
  return cudaSuccess;
}

cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
  delete graph;
  return cudaSuccess;
}

cudaError_t cudaGraphExecDestroy(cudaGraphExec_t instance) {
  give_back_of_graph(instance->operations.size() * kBytesOfGraphNode);
  delete instance;
  return cudaSuccess;
}

}  // extern "C"
