// A stack of LSTM layers over sequences of different lengths, one direction, dropout between the layers
// and on top (Hochreiter and Schmidhuber 1997; gate order i, f, g, o as PyTorch and cuDNN):
//   z = W_ih x_t + W_hh h_{t-1} + b
//   i, f, o = sigmoid(z_i), sigmoid(z_f), sigmoid(z_o)      g = tanh(z_g)
//   c_t = f c_{t-1} + i g      h_t = o tanh(c_t)      y_t = dropout(h_t), the next layer's x_t
// Row b is defined for t < lengths[b]: past its end its state freezes, its outputs are zero, and nothing
// read or written there enters a gradient. Final states may alias initial ones if no backward follows.
// Dropout never touches the recurrent path or the final states.
//
// Letters: T time, B batch, I input size, H hidden size, L layers, V vocabulary. Time-major, contiguous.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/common/bfloat16.h"
#include "kernels/common/context.h"
#include "kernels/dropout/dropout.h"

namespace favras::kernels {

inline constexpr int kLstmGates = 4;
enum LstmGate { kInputGate = 0, kForgetGate = 1, kCellGate = 2, kOutputGate = 3 };

struct LstmShape {
  std::int64_t time = 0, batch = 0;  // T, B >= 0
  std::int64_t input_size = 0;       // I of the first layer; 0: its input is ids and a projected table
  std::int64_t hidden_size = 0;      // H >= 1
  std::int64_t layers = 1;           // L >= 1
  bool reverse = false;              // walk each row from its last element to its first
};

template <class T>
struct LstmWeights {
  const T* input = nullptr;   // W_ih: [4H, I] for the first layer (null with ids), [4H, H] above
  const T* hidden = nullptr;  // W_hh: [4H, H]
  const T* bias = nullptr;    // b: [4H] (null for the first layer with ids: the table includes it)
};

template <class T>
struct LstmForward {
  LstmShape shape;
  const std::int32_t* lengths = nullptr;           // in: [B], each in [0, T], any order
  const T* input = nullptr;                        // in: [T, B, I], or null
  const std::int32_t* ids = nullptr;               // in: [T, B], read where t < lengths[b]; or null
  const Accumulate<T>* projected_table = nullptr;  // in, with ids: [V, 4H] = embedding W_ih^T + b
  std::span<const LstmWeights<T>> weights = {};    // [L]
  const Accumulate<T>* initial_hidden = nullptr;   // in: [L, B, H], null for zeros
  const Accumulate<T>* initial_cell = nullptr;     // in: [L, B, H], null for zeros
  DropoutMask dropout;                             // layer l uses stream + l; rows are t * B + b, columns H
  std::span<T* const> outputs = {};       // out: [L] pointers to y [T, B, H], each null if not wanted
  Accumulate<T>* final_hidden = nullptr;  // out: [L, B, H], null if not wanted
  Accumulate<T>* final_cell = nullptr;    // out: [L, B, H], null if not wanted
  const void* packed = nullptr;           // in: of lstm_pack(), null for none; the CPU's only
  void* reserve = nullptr;                // out: lstm_reserve_bytes, what backward needs
  void* workspace = nullptr;              // lstm_workspace_bytes
};

template <class T>
struct LstmWeightGradients {
  Accumulate<T>* input = nullptr;  // in/out, added to: as LstmWeights, null if not wanted
  Accumulate<T>* hidden = nullptr;
  Accumulate<T>* bias = nullptr;
};

template <class T>
struct LstmBackward {
  LstmForward<T> forward;                                  // as given to forward; reserve is consumed
  std::span<const T* const> d_outputs = {};                // in: [L] pointers to dy [T, B, H], null for zeros
  const Accumulate<T>* d_final_hidden = nullptr;           // in: [L, B, H], null for zeros
  const Accumulate<T>* d_final_cell = nullptr;             // in: [L, B, H], null for zeros
  std::span<const LstmWeightGradients<T>> d_weights = {};  // [L]
  T* d_input = nullptr;                        // out: [T, B, I], zero past the ends; null if not wanted
  Accumulate<T>* d_projected_table = nullptr;  // in/out, added to: [V, 4H]; null if not wanted
  std::int64_t vocabulary = 0;                 // V, with d_projected_table
  Accumulate<T>* d_initial_hidden = nullptr;   // out: [L, B, H], null if not wanted
  Accumulate<T>* d_initial_cell = nullptr;     // out: [L, B, H], null if not wanted
  void* workspace = nullptr;                   // lstm_workspace_bytes
};

namespace cpu {
// Sizes hold for any lengths of the shape.
template <class T>
std::size_t lstm_reserve_bytes(const Context&, const LstmShape&);
template <class T>
std::size_t lstm_workspace_bytes(const Context&, const LstmShape&);
template <class T>
void lstm_forward(Context&, const LstmForward<T>&);
template <class T>
void lstm_backward(Context&, const LstmBackward<T>&);

// The weights laid out once for many forward calls of few steps, as decoding has them; the sizes in the shape
// alone count. packed: [lstm_packed_bytes].
template <class T>
std::size_t lstm_packed_bytes(const Context&, const LstmShape&);
template <class T>
void lstm_pack(Context&, const LstmShape&, std::span<const LstmWeights<T>> weights, void* packed);
}  // namespace cpu

namespace cuda {
// T: float, double, bfloat16 (products and stored activations; states and sums stay float). The host reads no
// length: all T steps run, so that a captured graph holds for any lengths.
template <class T>
std::size_t lstm_reserve_bytes(const Context&, const LstmShape&);
template <class T>
std::size_t lstm_workspace_bytes(const Context&, const LstmShape&);
template <class T>
void lstm_forward(Context&, const LstmForward<T>&);
template <class T>
void lstm_backward(Context&, const LstmBackward<T>&);
}  // namespace cuda

}  // namespace favras::kernels
