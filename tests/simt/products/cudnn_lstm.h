// One LSTM layer as cuDNN's documentation describes it, computed by the CPU's: what the stand-in for cuDNN
// does in the stream's order. Where the documentation leaves something undefined, it does what a careless
// caller would notice: padding becomes NaN, workspaces are overwritten, weights lie in an order and with gaps
// of their own.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <cudnn.h>
#include <string>
#include <vector>

#include "kernels/lstm/lstm.h"
#include "tests/simt/memory.h"
#include "tests/simt/options.h"

struct cudnnContext {
  cudaStream_t stream = nullptr;
};
struct cudnnTensorStruct {
  cudnnDataType_t type = CUDNN_DATA_FLOAT;
  std::vector<int> sizes, strides;
};
struct cudnnRNNDataStruct {
  cudnnDataType_t type = CUDNN_DATA_FLOAT;
  int time = 0, batch = 0, size = 0;
  std::vector<int> lengths;
};
struct cudnnRNNStruct {
  cudnnDataType_t type = CUDNN_DATA_FLOAT;
  int input = 0, hidden = 0;
};

namespace favras::simt::cudnn {

using kernels::Accumulate;
using kernels::LstmBackward;
using kernels::LstmForward;
using kernels::LstmShape;
using kernels::LstmWeightGradients;
using kernels::LstmWeights;

inline constexpr int kLinearLayers = 8;
inline constexpr std::int64_t kGap = 3;

// Where the matrix of a linear layer, or its bias, begins in a weight space, in elements: the last layer
// first.
inline std::int64_t columns_of(const cudnnRNNStruct& net, int id) { return id < 4 ? net.input : net.hidden; }
inline std::int64_t matrix_at(const cudnnRNNStruct& net, int id) {
  std::int64_t at = 0;
  for (int before = kLinearLayers - 1; before > id; --before)
    at += net.hidden * columns_of(net, before) + kGap;
  return at;
}
inline std::int64_t bias_at(const cudnnRNNStruct& net, int id) {
  return matrix_at(net, 0) + net.hidden * net.input + (kGap + net.hidden) * (3 - id);
}
inline std::int64_t weights_of(const cudnnRNNStruct& net) { return bias_at(net, 0) + net.hidden; }

// All that a call was given, copied when it was made.
struct Call {
  cudnnRNNStruct net;
  std::vector<int> lengths;
  LstmShape shape;
  std::size_t work_bytes = 0;
  std::byte *work = nullptr, *reserve = nullptr;
};

template <class To, class From>
std::vector<To> converted(const From* from, std::int64_t size) {
  std::vector<To> to;
  for (std::int64_t i = 0; i < size; ++i) to.push_back(To(Accumulate<From>(from[i])));
  return to;
}

// An LSTM layer in the CPU's arrays.
template <class T>
struct Layer {
  using A = Accumulate<T>;

  explicit Layer(const Call& c) : call(c) {
    kernels::cpu::Context context;
    workspace.resize(lstm_workspace_bytes<A>(context, call.shape) / 8);
  }
  std::int64_t inputs() const { return call.shape.time * call.shape.batch * call.shape.input_size; }
  std::int64_t outputs() const { return call.shape.time * call.shape.batch * call.shape.hidden_size; }
  std::int64_t states() const { return call.shape.batch * call.shape.hidden_size; }

  void read_weights(const T* space) {
    const std::int64_t H = call.net.hidden;
    const auto append = [&](std::vector<A>& to, std::int64_t at, std::int64_t size) {
      for (std::int64_t i = at; i < at + size; ++i) to.push_back(A(space[i]));
    };
    for (int id = 0; id < kLinearLayers; ++id)
      append(id < 4 ? input_weights : hidden_weights, matrix_at(call.net, id), H * columns_of(call.net, id));
    for (int id = 0; id < 4; ++id) append(bias, bias_at(call.net, id), H);
    weights = {{input_weights.data(), hidden_weights.data(), bias.data()}};
  }

  LstmForward<A> arguments(const A* x, const A* hx, const A* cx, void* reserve) {
    return {.shape = call.shape,
            .lengths = call.lengths.data(),
            .input = x,
            .weights = weights,
            .initial_hidden = hx,
            .initial_cell = cx,
            .reserve = reserve,
            .workspace = workspace.data()};
  }

  // The outputs, rounded as they are stored; NaN past the ends.
  std::vector<T> forward(const A* x, const A* hx, const A* cx, void* reserve, A* hy, A* cy) {
    std::vector<A> y(static_cast<std::size_t>(outputs()));
    A* const y_data = y.data();
    LstmForward<A> f = arguments(x, hx, cx, reserve);
    f.outputs = {&y_data, 1};
    f.final_hidden = hy;
    f.final_cell = cy;
    kernels::cpu::Context context;
    lstm_forward(context, f);
    return spoiled(converted<T>(y_data, outputs()), call.shape.hidden_size);
  }

  std::vector<T> spoiled(std::vector<T> by_time, std::int64_t columns) const {
    for (std::int64_t i = 0; i < std::ssize(by_time); ++i)
      if (i / columns / call.shape.batch >= call.lengths[i / columns % call.shape.batch])
        std::memset(&by_time[i], 0xFF, sizeof(T));
    return by_time;
  }

  const Call& call;
  std::vector<A> input_weights, hidden_weights, bias;
  std::vector<LstmWeights<A>> weights;
  std::vector<double> workspace;
};

// A reserve space: the CPU's LSTM's, and what cuDNN's later calls are not given again.
template <class T>
struct Reserve {
  using A = Accumulate<T>;

  Reserve(const Layer<T>& layer, std::byte* base) {
    kernels::cpu::Context context;
    std::size_t at = (lstm_reserve_bytes<A>(context, layer.call.shape) + 63) / 64 * 64;
    cpu = base;
    const auto take = [&]<class U>(U*& array, std::int64_t size) {
      array = base ? reinterpret_cast<U*>(base + at) : nullptr;
      at += static_cast<std::size_t>(size) * sizeof(U);
    };
    take(cx, layer.states());
    take(dy, layer.outputs());
    take(dhy, layer.states());
    take(dcy, layer.states());
    take(weights, weights_of(layer.call.net));
    take(y, layer.outputs());
    bytes = at;
  }

  void* cpu;
  A *cx, *dy, *dhy, *dcy;
  T *weights, *y;
  std::size_t bytes;
};

inline void require(bool holds, const char* what) {
  if (!holds) throw KernelFault(std::string("cuDNN's LSTM: ") + what);
}
template <class T>
void require_on_device(const T* data, std::int64_t size, const char* what) {
  require(on_device(data, static_cast<std::size_t>(size) * sizeof(T)), what);
}

template <class T>
std::vector<Accumulate<T>> read(const void* from, std::int64_t size, const char* what) {
  require_on_device(static_cast<const T*>(from), size, what);
  return converted<Accumulate<T>>(static_cast<const T*>(from), size);
}
// Zeros for null, as states are.
template <class T>
std::vector<Accumulate<T>> read_states(const void* from, std::int64_t size) {
  return from ? read<T>(from, size, "states outside device memory")
              : std::vector<Accumulate<T>>(static_cast<std::size_t>(size));
}
template <class T, class U>
void write(void* to, const std::vector<U>& numbers) {
  if (!to) return;
  require_on_device(static_cast<T*>(to), std::ssize(numbers), "a result outside device memory");
  for (std::size_t i = 0; i < numbers.size(); ++i)
    static_cast<T*>(to)[i] = T(static_cast<Accumulate<T>>(numbers[i]));
}

inline void use_workspace(const Call& call) {
  require(on_device(call.work, call.work_bytes), "the workspace is outside device memory");
  std::memset(call.work, 0xAB, call.work_bytes);
}

template <class T>
void run_forward(const Call& call, const void* x, void* y, const void* hx, void* hy, const void* cx, void* cy,
                 const void* space) {
  using A = Accumulate<T>;
  Layer<T> layer(call);
  const Reserve<T> reserve(layer, call.reserve);
  use_workspace(call);
  require(on_device(call.reserve, reserve.bytes), "the reserve is outside device memory");
  require_on_device(static_cast<const T*>(space), weights_of(call.net), "weights outside device memory");
  layer.read_weights(static_cast<const T*>(space));
  const auto wide_x = read<T>(x, layer.inputs(), "x is outside device memory");
  const auto wide_hx = read_states<T>(hx, layer.states()), wide_cx = read_states<T>(cx, layer.states());
  std::vector<A> final_h(static_cast<std::size_t>(layer.states())), final_c = final_h;
  const std::vector<T> outputs = layer.forward(wide_x.data(), wide_hx.data(), wide_cx.data(), reserve.cpu,
                                               final_h.data(), final_c.data());
  require_on_device(static_cast<T*>(y), layer.outputs(), "y is outside device memory");
  std::ranges::copy(outputs, static_cast<T*>(y));
  write<T>(hy, final_h);
  write<T>(cy, final_c);
  std::ranges::copy(outputs, reserve.y);
  std::ranges::copy(wide_cx, reserve.cx);
  std::copy_n(static_cast<const T*>(space), weights_of(call.net), reserve.weights);
}

template <class T>
void run_backward_data(const Call& call, const void* y, const void* dy, void* dx, const void* hx,
                       const void* dhy, void* dhx, const void* cx, const void* dcy, void* dcx,
                       const void* space) {
  using A = Accumulate<T>;
  Layer<T> layer(call);
  const Reserve<T> reserve(layer, call.reserve);
  use_workspace(call);
  const auto weights = static_cast<std::size_t>(weights_of(call.net));
  require(std::memcmp(space, reserve.weights, weights * sizeof(T)) == 0, "weights that forward did not have");
  require(std::memcmp(y, reserve.y, static_cast<std::size_t>(layer.outputs()) * sizeof(T)) == 0,
          "y is not what forward gave");
  layer.read_weights(static_cast<const T*>(space));
  std::ranges::copy(read<T>(dy, layer.outputs(), "dy is outside device memory"), reserve.dy);
  std::ranges::copy(read_states<T>(dhy, layer.states()), reserve.dhy);
  std::ranges::copy(read_states<T>(dcy, layer.states()), reserve.dcy);
  const auto wide_hx = read_states<T>(hx, layer.states()), wide_cx = read_states<T>(cx, layer.states());
  std::vector<A> d_input(static_cast<std::size_t>(layer.inputs()));
  std::vector<A> d_h(static_cast<std::size_t>(layer.states())), d_c = d_h;
  const A* const d_output = reserve.dy;
  LstmBackward<A> b{.forward = layer.arguments(d_input.data(), wide_hx.data(), wide_cx.data(), reserve.cpu)};
  const std::vector<LstmWeightGradients<A>> unwanted(1);
  b.d_outputs = {&d_output, 1};
  b.d_final_hidden = reserve.dhy;
  b.d_final_cell = reserve.dcy;
  b.d_weights = unwanted;
  b.d_input = d_input.data();
  b.d_initial_hidden = d_h.data();
  b.d_initial_cell = d_c.data();
  b.workspace = layer.workspace.data();
  kernels::cpu::Context context;
  lstm_backward(context, b);
  require_on_device(static_cast<T*>(dx), layer.inputs(), "dx is outside device memory");
  std::ranges::copy(layer.spoiled(converted<T>(d_input.data(), layer.inputs()), call.net.input),
                    static_cast<T*>(dx));
  write<T>(dhx, d_h);
  write<T>(dcx, d_c);
}

// Once more from the start, since it must depend on this call's x and hx.
template <class T>
void run_backward_weights(const Call& call, const void* x, const void* hx, const void* y, void* d_space) {
  using A = Accumulate<T>;
  Layer<T> layer(call);
  const Reserve<T> reserve(layer, call.reserve);
  use_workspace(call);
  layer.read_weights(reserve.weights);
  kernels::cpu::Context context;
  std::vector<double> again(lstm_reserve_bytes<A>(context, call.shape) / 8);
  const auto wide_x = read<T>(x, layer.inputs(), "x is outside device memory");
  const auto wide_hx = read_states<T>(hx, layer.states());
  const std::vector<T> outputs =
      layer.forward(wide_x.data(), wide_hx.data(), reserve.cx, again.data(), nullptr, nullptr);
  require(std::memcmp(y, outputs.data(), outputs.size() * sizeof(T)) == 0, "y does not follow from x and hx");
  std::vector<A> d_input(layer.input_weights.size()), d_hidden(layer.hidden_weights.size());
  std::vector<A> d_bias(layer.bias.size());
  const std::vector<LstmWeightGradients<A>> gradients{{d_input.data(), d_hidden.data(), d_bias.data()}};
  const A* const d_output = reserve.dy;
  LstmBackward<A> b{.forward = layer.arguments(wide_x.data(), wide_hx.data(), reserve.cx, again.data())};
  b.d_outputs = {&d_output, 1};
  b.d_final_hidden = reserve.dhy;
  b.d_final_cell = reserve.dcy;
  b.d_weights = gradients;
  b.workspace = layer.workspace.data();
  lstm_backward(context, b);
  require_on_device(static_cast<T*>(d_space), weights_of(call.net), "gradients outside device memory");
  const auto add = [&](std::int64_t at, const A* from, std::int64_t size) {
    T* const to = static_cast<T*>(d_space) + at;
    for (std::int64_t i = 0; i < size; ++i) to[i] = T(A(to[i]) + from[i]);
  };
  const std::int64_t H = call.net.hidden;
  for (int id = 0; id < kLinearLayers; ++id) {
    const std::int64_t size = H * columns_of(call.net, id);
    add(matrix_at(call.net, id), (id < 4 ? d_input.data() : d_hidden.data()) + id % 4 * size, size);
  }
  for (int id = 0; id < 4; ++id) add(bias_at(call.net, id), d_bias.data() + id * H, H);
}

}  // namespace favras::simt::cudnn
