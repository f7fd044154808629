// Streams, events and captured graphs: queues of operations that run, on the host, when something waits
// for them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cuda_runtime.h>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <vector>

namespace favras::simt {

struct Operation {
  std::function<void()> run;
  // Kernels and copies, which a fault cancels; the rest (events, frees) happens all the same.
  bool is_work = true;
};

// How many operations of each stream of a capture come before a point in it.
using CaptureClock = std::map<cudaStream_t, std::size_t>;

struct Capture {
  cudaStream_t origin;
  std::vector<Operation> operations;  // in the order of the calls, which respects every dependency
  std::map<cudaStream_t, CaptureClock> clocks;
};

// The stream behind a handle; null, cudaStreamLegacy and cudaStreamPerThread are all the legacy stream.
CUstream_st& resolve(cudaStream_t stream);

// Puts the operation on the stream: into its capture, if there is one; else into its queue, or runs it at
// once where streams are not deferred.
void enqueue(cudaStream_t stream, Operation operation);

bool is_capturing(cudaStream_t stream);
bool any_capture();

// Runs what is queued on that stream, or on all. Throws KernelFault.
void run_stream(cudaStream_t stream);
void run_everything();

// Graphs launched so far.
std::size_t& graph_launches();

}  // namespace favras::simt

struct CUstream_st {
  bool blocking = true;  // ordered with the legacy stream
  std::deque<favras::simt::Operation> queue;
  std::shared_ptr<favras::simt::Capture> capture;
};

struct CUevent_st {
  std::uint64_t recorded = 0;                      // records asked for
  std::uint64_t completed = 0;                     // the last that has happened
  cudaStream_t stream = nullptr;                   // of the last record
  double seconds = 0;                              // when that happened
  std::shared_ptr<favras::simt::Capture> capture;  // the last record was captured
  favras::simt::CaptureClock clock;
};

struct CUgraph_st {
  std::vector<favras::simt::Operation> operations;
};

struct CUgraphExec_st {
  std::vector<favras::simt::Operation> operations;
};
