// How the CUDA LSTM lays out its reserve and workspace. Rows are in step order: row s * B + b is step s of
// batch row b, at time s, or with reverse at time lengths[b] - 1 - s. All arrays are in device memory.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "kernels/common/carver.h"
#include "kernels/lstm/lstm.h"

namespace favras::kernels::cuda {

// What forward leaves for backward. Past a row's end all is zero, so that products over all rows add nothing.
template <class T>
struct LstmReserve {
  struct Layer {
    T* input;             // [T, B, I] of the layer; null for ids
    T* gates;             // [T, B, 4H]: input product, then activations, in backward their sums' gradients
    Accumulate<T>* cell;  // [T, B, H]
    T* hidden;            // [T + 1, B, H]: h as it enters each step; the last is never read
  };

  LstmReserve(const LstmShape& shape, void* base) {
    const std::int64_t rows = shape.time * shape.batch, H = shape.hidden_size;
    Carver carver(base);
    for (std::int64_t l = 0; l < shape.layers; ++l) {
      const std::int64_t input_size = l == 0 ? shape.input_size : H;
      Layer layer{};
      if (input_size > 0) layer.input = carver.take<T>(rows * input_size);
      layer.gates = carver.take<T>(rows * kLstmGates * H);
      layer.cell = carver.take<Accumulate<T>>(rows * H);
      layer.hidden = carver.take<T>((rows + shape.batch) * H);
      layers.push_back(layer);
    }
    bytes = carver.bytes();
  }

  std::vector<Layer> layers;
  std::size_t bytes;
};

// Scratch of one call, forward or backward.
template <class T>
struct LstmWorkspace {
  LstmWorkspace(const LstmShape& shape, void* base) {
    const std::int64_t rows = shape.time * shape.batch, H = shape.hidden_size;
    Carver carver(base);
    recurrent = carver.take<Accumulate<T>>(shape.batch * kLstmGates * H);
    d_hidden = carver.take<Accumulate<T>>(shape.batch * H);
    d_cell = carver.take<Accumulate<T>>(shape.batch * H);
    d_layer_input = carver.take<T>(rows * std::max(H, shape.input_size));
    step_ids = carver.take<std::int32_t>(shape.input_size == 0 ? rows : 0);
    bytes = carver.bytes();
  }

  Accumulate<T>* recurrent;  // [B, 4H]: forward's W_hh h of a step
  Accumulate<T>* d_hidden;   // [B, H]
  Accumulate<T>* d_cell;     // [B, H]
  T* d_layer_input;          // [T, B, I] of the layer
  std::int32_t* step_ids;    // [T, B]: the ids in step order, -1 past the ends
  std::size_t bytes;
};

}  // namespace favras::kernels::cuda
