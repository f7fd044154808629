#include "kernels/lstm/lstm_cudnn.h"

#include <cstdint>
#include <cuda_runtime.h>
#include <cudnn.h>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#include "kernels/common/cuda_check.h"
#include "kernels/dropout/dropout.h"
#include "kernels/elementwise/elementwise.h"
#include "kernels/lstm/lstm_layers_cudnn.h"
#include "kernels/lstm/reorder_cuda.h"

namespace favras::kernels::cudnn {
namespace {

// A piece of a weight space and where it stands in our arrays.
enum class Array { kInput, kHidden, kBias };
template <class T>
struct Piece {
  T* data;
  std::int64_t size;
  Array array;
  std::int64_t offset;
};

// A pass over the stack, forward or backward.
template <class T>
class Pass {
 public:
  Pass(Context& context, const LstmForward<T>& forward, void* workspace)
      : context_(context),
        forward_(forward),
        shape_(forward.shape),
        H_(shape_.hidden_size),
        rows_(shape_.time * shape_.batch),
        states_(shape_.batch * H_),
        layers_(context, shape_, read_lengths()),
        reserve_(shape_, layers_, forward.reserve),
        workspace_(shape_, layers_, workspace) {
    if (rows_ > 0) check(cudnnSetStream(context.handle->get(), context.stream), "cudnnSetStream");
  }

  void forward() {
    const LstmForward<T>& f = forward_;
    const T* below = f.input;
    for (std::int64_t l = 0; l < shape_.layers; ++l) {
      if (rows_ > 0) {
        below = forward_layer(l, below);
      } else {
        keep_states(l, f.initial_hidden, f.final_hidden);
        keep_states(l, f.initial_cell, f.final_cell);
      }
    }
  }

  void backward(const LstmBackward<T>& b) {
    for (std::int64_t l = shape_.layers - 1; l >= 0; --l) {
      if (rows_ > 0) {
        backward_layer(b, l);
      } else {
        keep_states(l, b.d_final_hidden, b.d_initial_hidden);
        keep_states(l, b.d_final_cell, b.d_initial_cell);
      }
    }
  }

 private:
  using A = Accumulate<T>;

  // For cuDNN, which knows no empty rows: those get a step, whose results are thrown away.
  std::vector<int> read_lengths() {
    if (rows_ == 0) return {};
    cudaStreamCaptureStatus capture = cudaStreamCaptureStatusNone;
    FAVRAS_CUDA_CHECK(cudaStreamIsCapturing(context_.stream, &capture));
    if (capture != cudaStreamCaptureStatusNone)
      throw std::logic_error(
          "cuDNN's LSTM: reads lengths on the host, so it cannot be captured into a graph");
    std::vector<int> lengths(static_cast<std::size_t>(shape_.batch));
    FAVRAS_CUDA_CHECK(cudaMemcpyAsync(lengths.data(), forward_.lengths, lengths.size() * sizeof(int),
                                      cudaMemcpyDeviceToHost, context_.stream));
    FAVRAS_CUDA_CHECK(cudaStreamSynchronize(context_.stream));
    for (std::int64_t b = 0; b < shape_.batch; ++b) {
      int& length = lengths[static_cast<std::size_t>(b)];
      if (length < 0 || length > shape_.time)
        throw std::invalid_argument("cuDNN's LSTM: row " + std::to_string(b) + " has length " +
                                    std::to_string(length) + " of " + std::to_string(shape_.time));
      if (length == 0) empty_rows_.push_back(b), length = 1;
    }
    return lengths;
  }

  void reorder(std::int64_t columns, const T* from, T* to) {
    reorder_rows(context_, cuda::ReorderRows<T>{.time = shape_.time,
                                                .batch = shape_.batch,
                                                .columns = columns,
                                                .reverse = shape_.reverse,
                                                .lengths = forward_.lengths,
                                                .from = from,
                                                .to = to});
  }

  void drop(std::int64_t layer, const T* x, T* y) {
    DropoutMask mask = forward_.dropout;
    mask.stream += static_cast<std::uint32_t>(layer);
    dropout(context_, Dropout<T>{.rows = rows_, .columns = H_, .mask = mask, .x = x, .y = y});
  }

  // Copies, in the types of states on either side.
  template <class From, class To>
  void put(std::int64_t size, const From* from, To* to) {
    if (size == 0) return;
    if constexpr (std::is_same_v<From, To>)
      FAVRAS_CUDA_CHECK(cudaMemcpyAsync(to, from, static_cast<std::size_t>(size) * sizeof(To),
                                        cudaMemcpyDeviceToDevice, context_.stream));
    else
      convert(context_, Convert<From, To>{.size = size, .x = from, .y = to});
  }
  void zero(void* memory, std::size_t bytes) {
    if (bytes > 0) FAVRAS_CUDA_CHECK(cudaMemsetAsync(memory, 0, bytes, context_.stream));
  }

  // A layer's states out of [L, B, H], or null for zeros, as cuDNN takes them. Empty rows are zeros, so that
  // nothing enters a gradient through them.
  const T* states_in(const A* all, std::int64_t layer, T* room) {
    if (!all) return nullptr;
    put(states_, all + layer * states_, room);
    for (const std::int64_t b : empty_rows_) zero(room + b * H_, static_cast<std::size_t>(H_) * sizeof(T));
    return room;
  }
  // The other way. Empty rows pass on what they began with.
  void states_out(T* made, const A* begun, std::int64_t layer, A* all) {
    if (!all) return;
    for (const std::int64_t b : empty_rows_)
      if (begun)
        put(H_, begun + layer * states_ + b * H_, made + b * H_);
      else
        zero(made + b * H_, static_cast<std::size_t>(H_) * sizeof(T));
    put(states_, made, all + layer * states_);
  }

  // cuDNN's linear layers 0 ... 3 are W_ih's gates in our order, and 4 ... 7 W_hh's.
  std::vector<Piece<T>> pieces(const Layer<T>& layer, void* space) {
    std::vector<Piece<T>> all;
    for (int id = 0; id < 2 * kLstmGates; ++id) {
      const bool is_input = id < kLstmGates;
      const std::int64_t gate = id % kLstmGates, columns = is_input ? layer.input_size : H_;
      const Tensor matrix_shape, bias_shape;
      void *matrix = nullptr, *bias = nullptr;
      check(cudnnGetRNNWeightParams(context_.handle->get(), layer.network.get(), 0, layer.weight_bytes, space,
                                    id, matrix_shape.get(), &matrix, bias_shape.get(), &bias),
            "cudnnGetRNNWeightParams");
      if (!matrix || (is_input && !bias))
        throw std::runtime_error("cuDNN's LSTM: weights without an address");
      all.push_back({static_cast<T*>(matrix), H_ * columns, is_input ? Array::kInput : Array::kHidden,
                     gate * H_ * columns});
      if (is_input) all.push_back({static_cast<T*>(bias), H_, Array::kBias, gate * H_});
    }
    return all;
  }
  // Of LstmWeights or LstmWeightGradients.
  template <class Weights>
  static auto* array_of(const Weights& weights, Array array) {
    return array == Array::kInput ? weights.input : array == Array::kHidden ? weights.hidden : weights.bias;
  }

  template <class U>
  static U* of_layer(std::span<U* const> arrays, std::int64_t layer) {
    return arrays.empty() ? nullptr : arrays[static_cast<std::size_t>(layer)];
  }

  // Returns what the layer above takes, in the order of time.
  const T* forward_layer(std::int64_t l, const T* below) {
    const LstmForward<T>& f = forward_;
    const Layer<T>& layer = layers_.at(l);
    const auto& [x, y, weights, reserve] = reserve_.parts[static_cast<std::size_t>(l)];
    const Workspace<T>& w = workspace_;
    reorder(layer.input_size, below, x);
    for (const Piece<T>& piece : pieces(layer, weights))
      put(piece.size, array_of(f.weights[static_cast<std::size_t>(l)], piece.array) + piece.offset,
          piece.data);
    const T* const hx = states_in(f.initial_hidden, l, w.states[0]);
    const T* const cx = states_in(f.initial_cell, l, w.states[1]);
    T* const hy = f.final_hidden ? w.states[2] : nullptr;
    T* const cy = f.final_cell ? w.states[3] : nullptr;
    check(cudnnRNNForward(context_.handle->get(), layer.network.get(), CUDNN_FWD_MODE_TRAINING, nullptr,
                          layer.x.get(), x, layer.y.get(), y, layer.state.get(), hx, hy, layer.state.get(),
                          cx, cy, layer.weight_bytes, weights, layer.work_bytes, w.cudnn, layer.reserve_bytes,
                          reserve),
          "cudnnRNNForward");
    states_out(hy, f.initial_hidden, l, f.final_hidden);
    states_out(cy, f.initial_cell, l, f.final_cell);
    T* output = of_layer(f.outputs, l);
    if (!output && l + 1 < shape_.layers) output = w.by_time;
    if (!output) return nullptr;
    reorder(H_, y, output);
    drop(l, output, output);
    return output;
  }

  void backward_layer(const LstmBackward<T>& b, std::int64_t l) {
    const LstmForward<T>& f = forward_;
    const Layer<T>& layer = layers_.at(l);
    const auto& [x, y, weights, reserve] = reserve_.parts[static_cast<std::size_t>(l)];
    const Workspace<T>& w = workspace_;
    gather_output_gradient(l, of_layer(b.d_outputs, l));
    const T* const hx = states_in(f.initial_hidden, l, w.states[0]);
    const T* const cx = states_in(f.initial_cell, l, w.states[1]);
    const T* const dhy = states_in(b.d_final_hidden, l, w.states[2]);
    const T* const dcy = states_in(b.d_final_cell, l, w.states[3]);
    T* const dhx = b.d_initial_hidden ? w.states[4] : nullptr;
    T* const dcx = b.d_initial_cell ? w.states[5] : nullptr;
    check(cudnnRNNBackwardData_v8(context_.handle->get(), layer.network.get(), nullptr, layer.y.get(), y,
                                  w.dy, layer.x.get(), w.dx, layer.state.get(), hx, dhy, dhx,
                                  layer.state.get(), cx, dcy, dcx, layer.weight_bytes, weights,
                                  layer.work_bytes, w.cudnn, layer.reserve_bytes, reserve),
          "cudnnRNNBackwardData_v8");
    states_out(dhx, b.d_final_hidden, l, b.d_initial_hidden);
    states_out(dcx, b.d_final_cell, l, b.d_initial_cell);
    if (!b.d_weights.empty()) add_weight_gradients(l, b.d_weights[static_cast<std::size_t>(l)], hx);
    if (l == 0 && b.d_input) reorder(layer.input_size, w.dx, b.d_input);
  }

  // Of the layer's output before dropout, from above (dx) and from outside, into dy.
  void gather_output_gradient(std::int64_t l, const T* from_outside) {
    const Workspace<T>& w = workspace_;
    const bool is_top = l + 1 == shape_.layers;
    if (is_top && !from_outside) return zero(w.dy, static_cast<std::size_t>(rows_ * H_) * sizeof(T));
    if (!is_top) reorder(H_, w.dx, w.by_time);
    if (!is_top && from_outside) add(context_, Add<T>{.size = rows_ * H_, .x = from_outside, .y = w.by_time});
    drop(l, is_top ? from_outside : w.by_time, w.by_time);
    reorder(H_, w.by_time, w.dy);
  }

  // After cudnnRNNBackwardData_v8, which leaves what it needs in cuDNN's work and reserve space.
  void add_weight_gradients(std::int64_t l, const LstmWeightGradients<T>& gradients, const T* hx) {
    if (!gradients.input && !gradients.hidden && !gradients.bias) return;
    const Layer<T>& layer = layers_.at(l);
    const auto& [x, y, weights, reserve] = reserve_.parts[static_cast<std::size_t>(l)];
    const Workspace<T>& w = workspace_;
    zero(w.d_weights, layer.weight_bytes);
    check(cudnnRNNBackwardWeights_v8(context_.handle->get(), layer.network.get(), CUDNN_WGRAD_MODE_ADD,
                                     nullptr, layer.x.get(), x, layer.state.get(), hx, layer.y.get(), y,
                                     layer.weight_bytes, w.d_weights, layer.work_bytes, w.cudnn,
                                     layer.reserve_bytes, reserve),
          "cudnnRNNBackwardWeights_v8");
    if constexpr (!std::is_same_v<T, A>)
      put(static_cast<std::int64_t>(layer.weight_bytes / sizeof(T)), w.d_weights, w.wide);
    for (const Piece<T>& piece : pieces(layer, w.d_weights)) {
      A* const to = array_of(gradients, piece.array);
      if (!to) continue;
      const A* const from = w.wide + (piece.data - w.d_weights);
      add(context_, Add<A>{.size = piece.size, .x = from, .y = to + piece.offset});
    }
  }

  // What passes through no steps at all.
  void keep_states(std::int64_t l, const A* from, A* to) {
    if (!to || to == from) return;
    if (from)
      put(states_, from + l * states_, to + l * states_);
    else
      zero(to + l * states_, static_cast<std::size_t>(states_) * sizeof(A));
  }

  Context& context_;
  const LstmForward<T>& forward_;
  const LstmShape shape_;
  const std::int64_t H_, rows_, states_;
  std::vector<std::int64_t> empty_rows_;
  const Layers<T> layers_;
  const Reserve<T> reserve_;
  const Workspace<T> workspace_;
};

template <class T>
Layers<T> layers_of(const Context& context, const LstmShape& shape) {
  return {context, shape, std::vector<int>(static_cast<std::size_t>(shape.batch), as_int(shape.time))};
}

}  // namespace

Handle::Handle() { check(cudnnCreate(&handle_), "cudnnCreate"); }
Handle::~Handle() { cudnnDestroy(handle_); }

template <class T>
std::size_t lstm_reserve_bytes(const Context& context, const LstmShape& shape) {
  return Reserve<T>(shape, layers_of<T>(context, shape), nullptr).bytes;
}

template <class T>
std::size_t lstm_workspace_bytes(const Context& context, const LstmShape& shape) {
  return Workspace<T>(shape, layers_of<T>(context, shape), nullptr).bytes;
}

template <class T>
void lstm_forward(Context& context, const LstmForward<T>& f) {
  Pass<T>(context, f, f.workspace).forward();
}

template <class T>
void lstm_backward(Context& context, const LstmBackward<T>& b) {
  Pass<T>(context, b.forward, b.workspace).backward(b);
}

template std::size_t lstm_reserve_bytes<float>(const Context&, const LstmShape&);
template std::size_t lstm_reserve_bytes<double>(const Context&, const LstmShape&);
template std::size_t lstm_reserve_bytes<bfloat16>(const Context&, const LstmShape&);
template std::size_t lstm_workspace_bytes<float>(const Context&, const LstmShape&);
template std::size_t lstm_workspace_bytes<double>(const Context&, const LstmShape&);
template std::size_t lstm_workspace_bytes<bfloat16>(const Context&, const LstmShape&);
template void lstm_forward(Context&, const LstmForward<float>&);
template void lstm_forward(Context&, const LstmForward<double>&);
template void lstm_forward(Context&, const LstmForward<bfloat16>&);
template void lstm_backward(Context&, const LstmBackward<float>&);
template void lstm_backward(Context&, const LstmBackward<double>&);
template void lstm_backward(Context&, const LstmBackward<bfloat16>&);

}  // namespace favras::kernels::cudnn
