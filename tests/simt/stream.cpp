#include "tests/simt/stream.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "tests/simt/memory.h"
#include "tests/simt/options.h"
#include "tests/simt/random.h"
#include "tests/simt/runtime.h"

namespace favras::simt {

namespace {

CUstream_st legacy;
std::vector<cudaStream_t> streams{&legacy};

// As a fault leaves a device: nothing that was queued is done, and the destructors that now follow do
// not meet it.
void cancel_work() {
  for (cudaStream_t stream : streams) {
    std::erase_if(stream->queue, [](const Operation& operation) { return operation.is_work; });
  }
}

void run_one(CUstream_st& stream) {
  const Operation operation = std::move(stream.queue.front());
  stream.queue.pop_front();
  const DeviceAtWork device_at_work;
  try {
    operation.run();
  } catch (const KernelFault&) {
    cancel_work();
    throw;
  }
}

// The legacy stream and the blocking ones wait for each other: what could overlap neither way runs now.
void order_with_legacy(const CUstream_st& stream) {
  if (!stream.blocking) return;
  if (&stream != &legacy) return run_stream(&legacy);
  for (cudaStream_t other : streams) {
    if (other != &legacy && other->blocking) run_stream(other);
  }
}

void capture(CUstream_st& stream, Operation operation) {
  Capture& into = *stream.capture;
  into.operations.push_back(std::move(operation));
  ++into.clocks[&stream][&stream];
}

bool is_joined(const Capture& capture) {
  const CaptureClock& known = capture.clocks.at(capture.origin);
  return std::all_of(capture.clocks.begin(), capture.clocks.end(), [&](const auto& entry) {
    const auto own = entry.second.find(entry.first);
    if (own == entry.second.end()) return true;
    const auto seen = known.find(entry.first);
    return seen != known.end() && seen->second >= own->second;
  });
}

cudaError_t wait_in_capture(CUstream_st& stream, const CUevent_st& event) {
  if (event.capture == nullptr || (stream.capture != nullptr && stream.capture != event.capture)) {
    return cudaErrorStreamCaptureIsolation;
  }
  stream.capture = event.capture;
  CaptureClock& clock = event.capture->clocks[&stream];
  for (const auto& [other, operations] : event.clock) clock[other] = std::max(clock[other], operations);
  return cudaSuccess;
}

}  // namespace

CUstream_st& resolve(cudaStream_t stream) {
  const bool is_default = stream == nullptr || stream == cudaStreamLegacy || stream == cudaStreamPerThread;
  return is_default ? legacy : *stream;
}

void enqueue(cudaStream_t handle, Operation operation) {
  CUstream_st& stream = resolve(handle);
  if (stream.capture != nullptr) return capture(stream, std::move(operation));
  order_with_legacy(stream);
  stream.queue.push_back(std::move(operation));
  if (!options().deferred) run_stream(&stream);
}

bool is_capturing(cudaStream_t stream) { return resolve(stream).capture != nullptr; }

bool any_capture() {
  return std::any_of(streams.begin(), streams.end(), [](cudaStream_t s) { return s->capture != nullptr; });
}

void run_stream(cudaStream_t handle) {
  CUstream_st& stream = resolve(handle);
  while (!stream.queue.empty()) run_one(stream);
}

// The streams take turns at random.
void run_everything() {
  Random random(options().seed);
  for (;;) {
    std::vector<cudaStream_t> busy;
    std::copy_if(streams.begin(), streams.end(), std::back_inserter(busy),
                 [](cudaStream_t stream) { return !stream->queue.empty(); });
    if (busy.empty()) return;
    run_one(*busy[random.below(busy.size())]);
  }
}

}  // namespace favras::simt

using namespace favras::simt;

extern "C" {

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned flags) {
  *stream = new CUstream_st{};
  (*stream)->blocking = (flags & cudaStreamNonBlocking) == 0;
  streams.push_back(*stream);
  return cudaSuccess;
}

cudaError_t cudaStreamCreate(cudaStream_t* stream) { return cudaStreamCreateWithFlags(stream, 0); }

cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  run_stream(stream);
  streams.erase(std::find(streams.begin(), streams.end(), stream));
  delete stream;
  return cudaSuccess;
}

cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  if (is_capturing(stream)) return report(cudaErrorStreamCaptureUnsupported);
  if (options().failed) return report(cudaErrorLaunchFailure);
  run_stream(stream);
  return cudaSuccess;
}

cudaError_t cudaDeviceSynchronize() {
  if (any_capture()) return report(cudaErrorStreamCaptureUnsupported);
  run_everything();
  return cudaSuccess;
}

// Asking lets one operation happen, so that polling ends.
cudaError_t cudaStreamQuery(cudaStream_t handle) {
  CUstream_st& stream = resolve(handle);
  if (!stream.queue.empty()) run_one(stream);
  return stream.queue.empty() ? cudaSuccess : cudaErrorNotReady;
}

cudaError_t cudaLaunchHostFunc(cudaStream_t stream, cudaHostFn_t function, void* argument) {
  enqueue(stream, {[=] { function(argument); }});
  return cudaSuccess;
}

cudaError_t cudaStreamWaitEvent(cudaStream_t handle, cudaEvent_t event, unsigned) {
  CUstream_st& stream = resolve(handle);
  if (stream.capture != nullptr || event->capture != nullptr) return report(wait_in_capture(stream, *event));
  const auto wait = [event, until = event->recorded, from = event->stream] {
    while (event->completed < until) run_one(*from);
  };
  enqueue(&stream, {wait, false});
  return cudaSuccess;
}

cudaError_t cudaStreamBeginCapture(cudaStream_t handle, cudaStreamCaptureMode) {
  CUstream_st& stream = resolve(handle);
  if (&stream == &legacy || stream.capture != nullptr) return report(cudaErrorStreamCaptureUnsupported);
  stream.capture = std::make_shared<Capture>();
  stream.capture->origin = &stream;
  stream.capture->clocks[&stream] = {};
  return cudaSuccess;
}

cudaError_t cudaStreamEndCapture(cudaStream_t handle, cudaGraph_t* graph) {
  *graph = nullptr;
  const std::shared_ptr<Capture> ended = resolve(handle).capture;
  if (ended == nullptr || ended->origin != &resolve(handle)) return report(cudaErrorStreamCaptureUnmatched);
  for (cudaStream_t stream : streams) {
    if (stream->capture == ended) stream->capture = nullptr;
  }
  if (!is_joined(*ended)) return report(cudaErrorStreamCaptureUnjoined);
  *graph = new CUgraph_st{ended->operations};
  return cudaSuccess;
}

cudaError_t cudaStreamIsCapturing(cudaStream_t stream, cudaStreamCaptureStatus* status) {
  *status = is_capturing(stream) ? cudaStreamCaptureStatusActive : cudaStreamCaptureStatusNone;
  return cudaSuccess;
}

}  // extern "C"
