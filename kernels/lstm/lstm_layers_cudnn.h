// What cuDNN is told of a stack of LSTM layers, and how its memory is laid out.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cudnn.h>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "kernels/common/carver.h"
#include "kernels/gemm/products_cuda.h"
#include "kernels/lstm/lstm_cudnn.h"

namespace favras::kernels::cudnn {

inline void check(cudnnStatus_t status, const char* call) {
  if (status != CUDNN_STATUS_SUCCESS)
    throw std::runtime_error(std::string("cuDNN's LSTM: ") + call + ": " + cudnnGetErrorString(status));
}

template <class Opaque, cudnnStatus_t (*create)(Opaque**), cudnnStatus_t (*destroy)(Opaque*)>
class Descriptor {
 public:
  Descriptor() { check(create(&handle_), "creating a descriptor"); }
  ~Descriptor() { destroy(handle_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  Opaque* get() const { return handle_; }

 private:
  Opaque* handle_ = nullptr;
};
using Network = Descriptor<cudnnRNNStruct, cudnnCreateRNNDescriptor, cudnnDestroyRNNDescriptor>;
using Sequences = Descriptor<cudnnRNNDataStruct, cudnnCreateRNNDataDescriptor, cudnnDestroyRNNDataDescriptor>;
using Tensor = Descriptor<cudnnTensorStruct, cudnnCreateTensorDescriptor, cudnnDestroyTensorDescriptor>;

template <class T>
inline constexpr cudnnDataType_t kDataType = std::is_same_v<T, double>  ? CUDNN_DATA_DOUBLE
                                             : std::is_same_v<T, float> ? CUDNN_DATA_FLOAT
                                                                        : CUDNN_DATA_BFLOAT16;

// Tensor cores for bfloat16; for float only with tf32, which is what DEFAULT allows there.
template <class T>
cudnnMathType_t math_type(bool tf32) {
  if (std::is_same_v<T, bfloat16>) return CUDNN_TENSOR_OP_MATH;
  return std::is_same_v<T, float> && !tf32 ? CUDNN_FMA_MATH : CUDNN_DEFAULT_MATH;
}

inline int as_int(std::int64_t size) {
  if (size > std::numeric_limits<int>::max())
    throw std::invalid_argument("cuDNN's LSTM: a size of " + std::to_string(size) + " is too large");
  return static_cast<int>(size);
}

// One layer as cuDNN sees it.
template <class T>
struct Layer {
  Layer(const Context& context, const LstmShape& shape, std::int64_t input, const std::vector<int>& lengths)
      : input_size(input) {
    constexpr std::size_t kFirstWithBfloat16 = 91300;
    if (std::is_same_v<T, bfloat16> && cudnnGetVersion() < kFirstWithBfloat16)
      throw std::runtime_error("cuDNN's LSTM computes in bfloat16 from cuDNN 9.13 on, and this is version " +
                               std::to_string(cudnnGetVersion()));
    const int I = as_int(input), H = as_int(shape.hidden_size);
    const int time = as_int(shape.time), batch = as_int(shape.batch);
    check(cudnnSetRNNDescriptor_v8(network.get(), CUDNN_RNN_ALGO_STANDARD, CUDNN_LSTM,
                                   CUDNN_RNN_SINGLE_INP_BIAS, CUDNN_UNIDIRECTIONAL, CUDNN_LINEAR_INPUT,
                                   kDataType<T>, kDataType<Accumulate<T>>,
                                   math_type<T>(context.products && context.products->allows_tf32()), I, H, H,
                                   1, nullptr, CUDNN_RNN_PADDED_IO_ENABLED),
          "cudnnSetRNNDescriptor_v8");
    const auto describe = [&](const Sequences& sequences, int size, const std::vector<int>& of_rows) {
      check(cudnnSetRNNDataDescriptor(sequences.get(), kDataType<T>, CUDNN_RNN_DATA_LAYOUT_SEQ_MAJOR_UNPACKED,
                                      time, batch, size, of_rows.data(), nullptr),
            "cudnnSetRNNDataDescriptor");
    };
    describe(x, I, lengths);
    describe(y, H, lengths);
    const int sizes[] = {1, batch, H}, strides[] = {as_int(shape.batch * shape.hidden_size), H, 1};
    check(cudnnSetTensorNdDescriptor(state.get(), kDataType<T>, 3, sizes, strides),
          "cudnnSetTensorNdDescriptor");
    cudnnContext* const handle = context.handle->get();
    check(cudnnGetRNNWeightSpaceSize(handle, network.get(), &weight_bytes), "cudnnGetRNNWeightSpaceSize");
    // Sizes for any lengths: those of the longest.
    const Sequences longest;
    describe(longest, I, std::vector<int>(lengths.size(), time));
    check(cudnnGetRNNTempSpaceSizes(handle, network.get(), CUDNN_FWD_MODE_TRAINING, longest.get(),
                                    &work_bytes, &reserve_bytes),
          "cudnnGetRNNTempSpaceSizes");
  }

  const std::int64_t input_size;
  Network network;
  Sequences x, y;
  Tensor state;
  std::size_t weight_bytes = 0, work_bytes = 0, reserve_bytes = 0;
};

// A stack has two kinds of layers. None where there is nothing to compute.
template <class T>
struct Layers {
  Layers(const Context& context, const LstmShape& shape, const std::vector<int>& lengths) {
    if (shape.input_size == 0)
      throw std::invalid_argument("cuDNN's LSTM: its input is a sequence, ids are not taken");
    if (shape.time * shape.batch == 0) return;
    if (!context.handle) throw std::invalid_argument("cuDNN's LSTM: the context has no handle");
    first.emplace(context, shape, shape.input_size, lengths);
    if (shape.layers > 1) upper.emplace(context, shape, shape.hidden_size, lengths);
  }
  const Layer<T>& at(std::int64_t layer) const { return layer == 0 ? *first : *upper; }

  std::optional<Layer<T>> first, upper;
};

// What forward leaves for backward. Rows are in step order.
template <class T>
struct Reserve {
  struct Part {
    T* x;  // [T, B, I] of the layer
    T* y;  // [T, B, H], before dropout
    std::byte* weights;
    std::byte* cudnn;
  };
  Reserve(const LstmShape& shape, const Layers<T>& layers, void* base) {
    if (!layers.first) return;
    const std::int64_t rows = shape.time * shape.batch;
    Carver carver(base);
    for (std::int64_t l = 0; l < shape.layers; ++l) {
      const Layer<T>& layer = layers.at(l);
      T* const x = carver.take<T>(rows * layer.input_size);
      T* const y = carver.take<T>(rows * shape.hidden_size);
      std::byte* const weights = carver.take<std::byte>(static_cast<std::int64_t>(layer.weight_bytes));
      parts.push_back(
          {x, y, weights, carver.take<std::byte>(static_cast<std::int64_t>(layer.reserve_bytes))});
    }
    bytes = carver.bytes();
  }

  std::vector<Part> parts;
  std::size_t bytes = 0;
};

template <class T>
struct Workspace {
  Workspace(const LstmShape& shape, const Layers<T>& layers, void* base) {
    if (!layers.first) return;
    const std::int64_t rows = shape.time * shape.batch, H = shape.hidden_size;
    const auto largest = [&](std::size_t Layer<T>::*bytes_of) {
      const std::size_t above = layers.upper ? *layers.upper.*bytes_of : 0;
      return static_cast<std::int64_t>(std::max(*layers.first.*bytes_of, above));
    };
    Carver carver(base);
    by_time = carver.take<T>(rows * H);
    dy = carver.take<T>(rows * H);
    dx = carver.take<T>(rows * std::max(H, shape.input_size));
    for (T*& state : states) state = carver.take<T>(shape.batch * H);
    const std::int64_t weights = largest(&Layer<T>::weight_bytes) / static_cast<std::int64_t>(sizeof(T));
    d_weights = carver.take<T>(weights);
    if constexpr (std::is_same_v<T, Accumulate<T>>)
      wide = d_weights;
    else
      wide = carver.take<Accumulate<T>>(weights);
    cudnn = carver.take<std::byte>(largest(&Layer<T>::work_bytes));
    bytes = carver.bytes();
  }

  T* by_time = nullptr;           // [T, B, H] in the order of time
  T* dy = nullptr;                // [T, B, H] in step order
  T* dx = nullptr;                // [T, B, max(I, H)] in step order
  std::array<T*, 6> states = {};  // [B, H] each: initial h and c, and what is made of them
  T* d_weights = nullptr;         // cuDNN's weight space
  Accumulate<T>* wide = nullptr;  // the same in the type of our gradients
  std::byte* cudnn = nullptr;
  std::size_t bytes = 0;
};

}  // namespace favras::kernels::cudnn
