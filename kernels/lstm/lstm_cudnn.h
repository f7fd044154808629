// cuDNN's LSTM behind the contract of lstm.h: a peer to measure our own against, and a second opinion. A
// cudnn::Context is a cuda::Context, so that all other kernels take it too. Needs cuDNN 9.
//
// No GPU has run it yet: the tests run it against a stand-in that follows cuDNN's documentation.
//
// How it differs from kernels::cuda:
//   - the first layer's input is a sequence; ids and a projected table throw std::invalid_argument;
//   - the host reads the lengths, which waits for the stream, so that it cannot be captured into a graph
//     (std::logic_error) and each call costs a round trip;
//   - with bfloat16 the states are bfloat16 from step to step, float only at the borders of a layer;
//   - whether two runs have the same bits is cuDNN's affair: its documentation asks for the environment
//   variable
//     CUBLAS_WORKSPACE_CONFIG=:4096:2 (or :16:8) for that.
#pragma once

#include <cstddef>

#include "kernels/common/context.h"
#include "kernels/lstm/lstm.h"

struct cudnnContext;  // what cuDNN's cudnnHandle_t points to

namespace favras::kernels::cudnn {

// cuDNN on the current device. One per stream.
class Handle {
 public:
  Handle();  // throws std::runtime_error where cuDNN cannot start
  ~Handle();
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  cudnnContext* get() const { return handle_; }

 private:
  cudnnContext* handle_ = nullptr;
};

struct Context : cuda::Context {
  Handle* handle = nullptr;  // this stream's alone; not null
};

// T: float, double, bfloat16. Sizes hold for any lengths of the shape, on this GPU. lengths outside [0, T]
// throw std::invalid_argument; what cuDNN refuses, std::runtime_error with its status.
template <class T>
std::size_t lstm_reserve_bytes(const Context&, const LstmShape&);
template <class T>
std::size_t lstm_workspace_bytes(const Context&, const LstmShape&);
template <class T>
void lstm_forward(Context&, const LstmForward<T>&);
template <class T>
void lstm_backward(Context&, const LstmBackward<T>&);

}  // namespace favras::kernels::cudnn
