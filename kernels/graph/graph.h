// A recorded sequence of kernels and copies, launched as one (CUDA graphs). Arguments are recorded by value:
// what changes from launch to launch is read from device memory.
#pragma once

#include <memory>

#include "kernels/common/context.h"

struct CUgraphExec_st;  // what CUDA's cudaGraphExec_t points to

namespace favras::kernels::cuda {

class Graph {
 public:
  explicit Graph(CUgraphExec_st* instance) : instance_(instance) {}
  ~Graph();
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;

  void launch(Context&) const;

 private:
  CUgraphExec_st* instance_;
};

// From here on, what is asked of the stream is recorded instead of done; anything that must wait for the
// device, and any allocation of device memory, fails until the end.
void begin_capture(Context&);
// None if the device has no memory for it: some 10 KiB for each of its kernels and copies.
std::unique_ptr<Graph> end_capture(Context&);
// Ends the recording and forgets it, even if it has failed.
void abandon_capture(Context&) noexcept;

}  // namespace favras::kernels::cuda
