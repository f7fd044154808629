// The weights of a stack as the CPU's forward products read them fastest.
#pragma once

#include <span>
#include <vector>

#include "kernels/gemm/packed_matrix_cpu.h"
#include "kernels/lstm/lstm.h"

namespace favras::kernels::cpu {

template <class T>
class LstmPackedWeights {
 public:
  static std::int64_t elements(const LstmShape& shape) {
    std::int64_t count = 0;
    for_each(shape, [&](std::int64_t, bool, std::int64_t k, std::int64_t n) {
      count += PackedMatrix<T>::elements(k, n);
    });
    return count;
  }

  // memory: [elements(shape)]
  static void pack(const Context& context, const LstmShape& shape, std::span<const LstmWeights<T>> weights,
                   T* memory) {
    for_each(shape, [&](std::int64_t layer, bool input, std::int64_t k, std::int64_t n) {
      const T* const weight = input ? weights[layer].input : weights[layer].hidden;
      PackedMatrix<T>::pack(context, weight, true, k, n, memory);
      memory += PackedMatrix<T>::elements(k, n);
    });
  }

  // Of memory that pack() has written, or will have before anything is multiplied.
  LstmPackedWeights(const LstmShape& shape, const T* memory) {
    for_each(shape, [&](std::int64_t, bool input, std::int64_t k, std::int64_t n) {
      (input ? input_ : hidden_).emplace_back(k, n, memory);
      memory += PackedMatrix<T>::elements(k, n);
    });
    from_ids_ = shape.input_size == 0;
  }

  const PackedMatrix<T>& input(std::int64_t layer) const { return input_[layer - from_ids_]; }  // W_ih^T
  const PackedMatrix<T>& hidden(std::int64_t layer) const { return hidden_[layer]; }            // W_hh^T

 private:
  // body(layer, whether it is W_ih, rows, columns) for every matrix of the stack.
  template <class Body>
  static void for_each(const LstmShape& shape, const Body& body) {
    const std::int64_t H = shape.hidden_size;
    for (std::int64_t l = 0; l < shape.layers; ++l) {
      const std::int64_t inputs = l == 0 ? shape.input_size : H;
      if (inputs > 0) body(l, true, inputs, kLstmGates * H);
      body(l, false, H, kLstmGates * H);
    }
  }

  std::vector<PackedMatrix<T>> input_, hidden_;
  bool from_ids_ = false;
};

}  // namespace favras::kernels::cpu
