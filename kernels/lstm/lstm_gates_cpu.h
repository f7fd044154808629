// The pointwise pass of one LSTM row on the CPU, forward and backward, vectorised for the CPU at hand.
#pragma once

#include <cstdint>

#include "kernels/common/bfloat16.h"

namespace favras::kernels::cpu {

// Gates are [4H] in the order i, f, g, o; the other arrays are [H]. No array may alias another.
template <class T>
struct LstmRowForward {
  using A = Accumulate<T>;
  std::int64_t hidden_size = 0;
  const A* recurrent = nullptr;      // in: W_hh h
  bool adds_input = false;           // whether the gates hold W_ih x at first
  T* gates = nullptr;                // in: W_ih x, if so; out: activated gates
  const A* addend = nullptr;         // in: [4H] the bias, or the row of the projected table
  const A* previous_cell = nullptr;  // in: null for zeros
  A* cell = nullptr;                 // out
  T* hidden = nullptr;               // out: before dropout, null if not wanted
  A* final_hidden = nullptr;         // out: the same in full, null if not wanted
  const A* scale = nullptr;          // in: the dropout mask's row, null for ones
  T* output = nullptr;               // out: scale * hidden, null if not wanted
};

template <class T>
struct LstmRowBackward {
  using A = Accumulate<T>;
  std::int64_t hidden_size = 0;
  T* gates = nullptr;                 // in: activated gates; out: gradient of the sums they came from
  const A* previous_cell = nullptr;   // in: null for zeros
  const A* cell = nullptr;            // in
  const A* d_hidden = nullptr;        // in: from the step after
  const T* d_output = nullptr;        // in: from the layer above, null for zeros
  const T* d_output_extra = nullptr;  // in: from outside the stack, null for zeros
  const A* scale = nullptr;           // in: the dropout mask's row, null for ones
  A* d_cell = nullptr;                // in: from the step after; out: for the step before
};

template <class T>
void lstm_row_forward(const LstmRowForward<T>&);
template <class T>
void lstm_row_backward(const LstmRowBackward<T>&);

}  // namespace favras::kernels::cpu
