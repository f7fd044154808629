// How the CPU's LSTM lays out its reserve and workspace. N = T * B packed rows at most.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "kernels/common/carver.h"
#include "kernels/lstm/lstm.h"
#include "kernels/lstm/lstm_packed_weights_cpu.h"

namespace favras::kernels::cpu {

// What forward leaves for backward; every layer's part follows the one below it.
template <class T>
class LstmReserve {
 public:
  struct Layer {
    T* input;             // [N, I] of the layer; null for ids
    T* gates;             // [N, 4H] activated; backward turns them into gradients
    Accumulate<T>* cell;  // [N, H]
    T* previous_hidden;   // [N, H]: h of the step before, so row n pairs with gates row n
  };

  LstmReserve(const LstmShape& shape, void* base) : shape_(shape), base_(static_cast<std::byte*>(base)) {}

  Layer layer(std::int64_t index) const {
    if (index == 0) return carve(Carver(base_), shape_.input_size).layer;
    return carve(
               Carver(base_ + carve(Carver(nullptr), shape_.input_size).bytes + (index - 1) * upper_bytes()),
               shape_.hidden_size)
        .layer;
  }
  std::size_t bytes() const {
    return carve(Carver(nullptr), shape_.input_size).bytes +
           static_cast<std::size_t>(shape_.layers - 1) * upper_bytes();
  }

 private:
  struct Carved {
    Layer layer;
    std::size_t bytes;
  };
  Carved carve(Carver carver, std::int64_t input_size) const {
    const std::int64_t rows = shape_.time * shape_.batch;
    Layer layer{};
    layer.input = input_size > 0 ? carver.take<T>(rows * input_size) : nullptr;
    layer.gates = carver.take<T>(rows * kLstmGates * shape_.hidden_size);
    layer.cell = carver.take<Accumulate<T>>(rows * shape_.hidden_size);
    layer.previous_hidden = carver.take<T>(rows * shape_.hidden_size);
    return {layer, carver.bytes()};
  }
  std::size_t upper_bytes() const { return carve(Carver(nullptr), shape_.hidden_size).bytes; }

  LstmShape shape_;
  std::byte* base_;
};

// Scratch of one call. Forward and backward need different parts; each array's size is their union's.
template <class T>
struct LstmWorkspace {
  using A = Accumulate<T>;

  LstmWorkspace(const Context& context, const LstmShape& shape, void* base) {
    const std::int64_t H = shape.hidden_size, rows = shape.time * shape.batch;
    Carver carver(base);
    packed_elements = PackedMatrix<T>::elements(kLstmGates * H, H);
    packed = carver.take<T>(std::max(LstmPackedWeights<T>::elements(shape), shape.layers * packed_elements));
    bias = carver.take<A>(shape.layers * kLstmGates * H);
    recurrent = carver.take<A>(shape.batch * kLstmGates * H);
    d_layer_input = carver.take<T>(rows * std::max(H, shape.input_size));
    d_hidden = carver.take<A>(shape.batch * H);
    d_cell = carver.take<A>(shape.batch * H);
    packed_ids = carver.take<std::int32_t>(rows);
    scale = carver.take<A>(context.threads * H);
    bytes = carver.bytes();
  }

  std::int64_t packed_elements;
  T* packed;                 // LstmPackedWeights, or backward's [L, packed_elements] of W_hh
  A* bias;                   // [L, 4H]
  A* recurrent;              // [B, 4H]: a step's W_hh h, every group's where its states are
  T* d_layer_input;          // [N, max(H, I)]
  A* d_hidden;               // [B, H] in packed order
  A* d_cell;                 // [B, H] in packed order
  std::int32_t* packed_ids;  // [N]
  A* scale;                  // [threads, H]: one row of a dropout mask
  std::size_t bytes;
};

}  // namespace favras::kernels::cpu
