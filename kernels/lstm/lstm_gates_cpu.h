// The pointwise pass of one LSTM row on the CPU, forward and backward, vectorised for the CPU at hand.
#pragma once

#include <cstdint>

namespace favras::kernels::cpu {

// Gates are [4H] in the order i, f, g, o; the other arrays are [H]. No array may alias another.
template <class T>
struct LstmRowForward {
  std::int64_t hidden_size = 0;
  T* gates = nullptr;                // in: W_hh h (+ W_ih x); out: activated gates
  const T* addend = nullptr;         // in: [4H] the bias, or the row of the projected table
  const T* previous_cell = nullptr;  // in: null for zeros
  T* cell = nullptr;                 // out
  T* hidden = nullptr;               // out: before dropout
  const T* scale = nullptr;          // in: the dropout mask's row, null for ones
  T* output = nullptr;               // out: scale * hidden, null if not wanted
};

template <class T>
struct LstmRowBackward {
  std::int64_t hidden_size = 0;
  T* gates = nullptr;                 // in: activated gates; out: gradient of the sums they came from
  const T* previous_cell = nullptr;   // in: null for zeros
  const T* cell = nullptr;            // in
  const T* d_hidden = nullptr;        // in: from the step after
  const T* d_output = nullptr;        // in: from the layer above, null for zeros
  const T* d_output_extra = nullptr;  // in: from outside the stack, null for zeros
  const T* scale = nullptr;           // in: the dropout mask's row, null for ones
  T* d_cell = nullptr;                // in: from the step after; out: for the step before
};

template <class T>
void lstm_row_forward(const LstmRowForward<T>&);
template <class T>
void lstm_row_backward(const LstmRowBackward<T>&);

}  // namespace favras::kernels::cpu
