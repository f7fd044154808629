// The pointwise part of the CUDA LSTM: one launch covers a step of all rows, kWidth columns a thread.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "kernels/common/cuda_check.h"
#include "kernels/common/grid_cuda.h"
#include "kernels/common/philox.h"
#include "kernels/lstm/lstm.h"

namespace favras::kernels::cuda {

constexpr int kColumns = 4;             // a thread's, where possible: as many as one Philox block has draws
constexpr unsigned kStepThreads = 128;  // of a block: a step is short, and small blocks reach more of the GPU

// Whether rows of H elements, and all the arrays, allow kColumns at a time.
template <class... Ts>
bool allows_columns(std::int64_t H, const Ts*... arrays) {
  return H % kColumns == 0 && (... && (reinterpret_cast<std::uintptr_t>(arrays) % 16 == 0));
}

// Time and step of a row: each maps to the other by the same rule. Past its end a row stays where it is.
inline __device__ std::int64_t mirrored(std::int64_t step, std::int64_t length, bool reverse) {
  return reverse && step < length ? length - 1 - step : step;
}

template <class T, int kWidth>
__device__ Pack<Accumulate<T>, kWidth> load_wide(const T* from) {
  const auto narrow = load<kWidth>(from);
  Pack<Accumulate<T>, kWidth> wide;
  for (int k = 0; k < kWidth; ++k) wide.at[k] = static_cast<Accumulate<T>>(narrow.at[k]);
  return wide;
}

template <class T, int kWidth>
__device__ void store_narrow(T* to, const Pack<Accumulate<T>, kWidth>& wide) {
  Pack<T, kWidth> narrow;
  for (int k = 0; k < kWidth; ++k) narrow.at[k] = static_cast<T>(wide.at[k]);
  store(to, narrow);
}

template <class A, int kWidth>
__device__ void add(Pack<A, kWidth>& sum, const Pack<A, kWidth>& addend) {
  for (int k = 0; k < kWidth; ++k) sum.at[k] += addend.at[k];
}

// exp overflows to infinity and vanishes to zero where 1 / (1 + exp(-x)) has reached 0 and 1.
template <class A>
__device__ A sigmoid(A x) {
  return 1 / (1 + std::exp(-x));
}

template <class A>
struct LstmDropout {
  const StepState* state = nullptr;  // null: all are kept
  std::uint32_t stream = 0, threshold = 0;
  A kept = 1;
};

// What the mask multiplies columns j ... j + kWidth - 1 of its row with.
template <int kWidth, class A>
__device__ Pack<A, kWidth> dropout_scale(const LstmDropout<A>& dropout, std::int64_t row, std::int64_t H,
                                         std::int64_t j) {
  Pack<A, kWidth> scale;
  for (A& value : scale.at) value = 1;
  if (dropout.state == nullptr) return scale;
  const std::int64_t block = row * ((H + kColumns - 1) / kColumns) + j / kColumns;
  const PhiloxCounter words =
      philox_at(dropout.state->seed, dropout.state->step, dropout.stream, static_cast<std::uint32_t>(block));
  // Every word is looked at, since an index would take them out of the registers.
  for (int word = 0; word < kColumns; ++word) {
    const A value = words[word] < dropout.threshold ? dropout.kept : A(0);
    if constexpr (kWidth == kColumns)
      scale.at[word] = value;
    else if (word == j % kColumns)
      scale.at[0] = value;
  }
  return scale;
}

// What forward and backward know of a step. Pointers to [B, ...] are those of the step and the layer.
template <class T>
struct LstmStep {
  std::int64_t step = 0, batch = 0, hidden_size = 0;
  bool reverse = false;
  const std::int32_t* lengths = nullptr;         // in: [B]
  LstmDropout<Accumulate<T>> dropout;            // rows are t * B + b
  T* gates = nullptr;                            // in/out: [B, 4H]
  const Accumulate<T>* previous_cell = nullptr;  // in: [B, H], null for zeros
  Accumulate<T>* cell = nullptr;                 // [B, H], out of forward and into backward
};

template <class T>
struct LstmStepForward : LstmStep<T> {       // gates: the input product (not read with ids), activations
  const Accumulate<T>* recurrent = nullptr;  // in: [B, 4H]
  const T* bias = nullptr;                   // in: [4H], not with ids
  const std::int32_t* ids = nullptr;         // in: [T, B] by time, or null
  const Accumulate<T>* projected_table = nullptr;  // in, with ids: [V, 4H]
  T* next_hidden = nullptr;                        // out: [B, H]
  T* layer_above = nullptr;                        // out: [B, H], y of the step; null for none
  T* output = nullptr;                             // out: [T, B, H], y by time; null if not wanted
  Accumulate<T>* final_hidden = nullptr;           // out: [B, H], null if not wanted
  Accumulate<T>* final_cell = nullptr;             // out: [B, H], null if not wanted
};

template <class T>
struct LstmStepBackward : LstmStep<T> {           // gates: activations, gradients of the sums they came from
  const Accumulate<T>* d_hidden = nullptr;        // in: [B, H] from the step after
  Accumulate<T>* d_cell = nullptr;                // in/out: [B, H] from the step after, for the step before
  const Accumulate<T>* d_final_hidden = nullptr;  // in: [B, H], null for zeros
  const Accumulate<T>* d_final_cell = nullptr;    // in: [B, H], null for zeros
  const T* d_layer_above = nullptr;               // in: [B, H] of the step; null for none
  const T* d_output = nullptr;                    // in: [T, B, H] by time; null for zeros
};

// body(b, j) for this thread's rows and first columns.
template <int kWidth, class Body>
__device__ void for_states(std::int64_t batch, std::int64_t H, const Body& body) {
  const std::int64_t j = grid_thread() * kWidth;
  if (j >= H) return;
  for (std::int64_t b = blockIdx.y; b < batch; b += gridDim.y) body(b, j);
}

// Blocks of one row each, so that rows past their ends cost no thread of another.
template <class... Parameters, class Arguments>
void launch_over_states(Context& context, void (*kernel)(Parameters...), std::int64_t batch, std::int64_t H,
                        int width, const Arguments& arguments) {
  const std::int64_t packs = (H + width - 1) / width;
  const auto threads = static_cast<unsigned>(std::min<std::int64_t>(kStepThreads, (packs + 31) / 32 * 32));
  const auto blocks_a_row = static_cast<unsigned>((packs + threads - 1) / threads);
  const dim3 grid(blocks_a_row, blocks_for(context, batch, 1, kStepThreads));
  FAVRAS_CUDA_CHECK(launch(kernel, grid, threads, 0, context.stream, arguments));
}

// The sum that gate `gate` is an activation of, at columns j ... of row b.
template <int kWidth, class T>
__device__ Pack<Accumulate<T>, kWidth> gate_sum(const LstmStepForward<T>& s, const Accumulate<T>* table_row,
                                                std::int64_t b, int gate, std::int64_t j) {
  const std::int64_t H = s.hidden_size, at = (b * kLstmGates + gate) * H + j;
  auto sum = load<kWidth>(s.recurrent + at);
  if (table_row != nullptr) {
    add(sum, load<kWidth>(table_row + gate * H + j));
  } else {
    add(sum, load_wide<T, kWidth>(s.gates + at));
    add(sum, load_wide<T, kWidth>(s.bias + gate * H + j));
  }
  return sum;
}

// Rows past their end store zeros.
template <class T, int kWidth>
__global__ void __launch_bounds__(kStepThreads) step_forward_kernel(LstmStepForward<T> s) {
  using A = Accumulate<T>;
  const std::int64_t H = s.hidden_size;
  for_states<kWidth>(s.batch, H, [&](std::int64_t b, std::int64_t j) {
    const std::int64_t length = s.lengths[b], at = b * H + j;
    const std::int64_t time_row = mirrored(s.step, length, s.reverse) * s.batch + b;
    Pack<A, kWidth> gates[kLstmGates] = {}, cell = {}, hidden = {}, output = {};
    if (s.step < length) {
      const A* const table_row =
          s.ids == nullptr ? nullptr : s.projected_table + s.ids[time_row] * kLstmGates * H;
      for (int gate = 0; gate < kLstmGates; ++gate) gates[gate] = gate_sum<kWidth>(s, table_row, b, gate, j);
      if (s.previous_cell != nullptr) cell = load<kWidth>(s.previous_cell + at);
      output = dropout_scale<kWidth>(s.dropout, time_row, H, j);
      for (int k = 0; k < kWidth; ++k) {
        const A i = gates[kInputGate].at[k] = sigmoid(gates[kInputGate].at[k]);
        const A f = gates[kForgetGate].at[k] = sigmoid(gates[kForgetGate].at[k]);
        const A g = gates[kCellGate].at[k] = std::tanh(gates[kCellGate].at[k]);
        const A o = gates[kOutputGate].at[k] = sigmoid(gates[kOutputGate].at[k]);
        cell.at[k] = f * cell.at[k] + i * g;
        hidden.at[k] = o * std::tanh(cell.at[k]);
        output.at[k] *= hidden.at[k];
      }
    }
    for (int gate = 0; gate < kLstmGates; ++gate)
      store_narrow<T>(s.gates + (b * kLstmGates + gate) * H + j, gates[gate]);
    store(s.cell + at, cell);
    if (s.layer_above != nullptr) store_narrow<T>(s.layer_above + at, output);
    if (s.output != nullptr) store_narrow<T>(s.output + time_row * H + j, output);
    if (s.step == length - 1) {
      if (s.final_hidden != nullptr) store(s.final_hidden + at, hidden);
      if (s.final_cell != nullptr) store(s.final_cell + at, cell);
      hidden = {};  // nothing after the last step sees it
    }
    store_narrow<T>(s.next_hidden + at, hidden);
  });
}

// Rows past their end keep the zeros that forward left in their gates.
template <class T, int kWidth>
__global__ void __launch_bounds__(kStepThreads) step_backward_kernel(LstmStepBackward<T> s) {
  using A = Accumulate<T>;
  const std::int64_t H = s.hidden_size;
  for_states<kWidth>(s.batch, H, [&](std::int64_t b, std::int64_t j) {
    const std::int64_t length = s.lengths[b], at = b * H + j;
    if (s.step >= length) return;
    const std::int64_t time_row = mirrored(s.step, length, s.reverse) * s.batch + b;
    const bool last = s.step == length - 1;
    const auto state = [&](const A* states) {
      return states != nullptr ? load<kWidth>(states + at) : Pack<A, kWidth>{};
    };
    T* const gates = s.gates + b * kLstmGates * H + j;
    auto i = load_wide<T, kWidth>(gates), f = load_wide<T, kWidth>(gates + H);
    auto g = load_wide<T, kWidth>(gates + 2 * H), o = load_wide<T, kWidth>(gates + 3 * H);
    const auto cell = state(s.cell), previous = state(s.previous_cell);
    const auto d_hidden = state(last ? s.d_final_hidden : s.d_hidden);
    auto d_cell = state(last ? s.d_final_cell : s.d_cell);
    Pack<A, kWidth> d_output = {}, scale = {};
    if (s.d_layer_above != nullptr) d_output = load_wide<T, kWidth>(s.d_layer_above + at);
    if (s.d_output != nullptr) add(d_output, load_wide<T, kWidth>(s.d_output + time_row * H + j));
    if (s.d_layer_above != nullptr || s.d_output != nullptr)
      scale = dropout_scale<kWidth>(s.dropout, time_row, H, j);
    for (int k = 0; k < kWidth; ++k) {
      const A tanh_cell = std::tanh(cell.at[k]), dh = d_hidden.at[k] + d_output.at[k] * scale.at[k];
      const A iv = i.at[k], fv = f.at[k], gv = g.at[k], ov = o.at[k];
      const A dc = d_cell.at[k] + dh * ov * (1 - tanh_cell * tanh_cell);
      i.at[k] = dc * gv * iv * (1 - iv);
      f.at[k] = dc * previous.at[k] * fv * (1 - fv);
      g.at[k] = dc * iv * (1 - gv * gv);
      o.at[k] = dh * tanh_cell * ov * (1 - ov);
      d_cell.at[k] = dc * fv;
    }
    store_narrow<T>(gates, i);
    store_narrow<T>(gates + H, f);
    store_narrow<T>(gates + 2 * H, g);
    store_narrow<T>(gates + 3 * H, o);
    store(s.d_cell + at, d_cell);
  });
}

// Before the first step of a layer: h goes to where step 0 reads it. Rows of length 0 end as they began.
template <class T>
struct LstmStart {
  std::int64_t batch = 0, hidden_size = 0;
  const std::int32_t* lengths = nullptr;          // in: [B]
  const Accumulate<T>* initial_hidden = nullptr;  // in: [B, H], null for zeros
  const Accumulate<T>* initial_cell = nullptr;    // in: [B, H], null for zeros
  T* hidden = nullptr;                            // out: [B, H], zero in rows of length 0
  Accumulate<T>* final_hidden = nullptr;          // out: [B, H], rows of length 0; null if not wanted
  Accumulate<T>* final_cell = nullptr;            // out: [B, H], rows of length 0; null if not wanted
};

template <class T>
__global__ void __launch_bounds__(kStepThreads) start_kernel(LstmStart<T> s) {
  using A = Accumulate<T>;
  for_states<1>(s.batch, s.hidden_size, [&](std::int64_t b, std::int64_t j) {
    const std::int64_t at = b * s.hidden_size + j;
    const bool empty = s.lengths[b] == 0;
    const A hidden = s.initial_hidden != nullptr ? s.initial_hidden[at] : A(0);
    s.hidden[at] = static_cast<T>(empty ? A(0) : hidden);
    if (empty && s.final_hidden != nullptr) s.final_hidden[at] = hidden;
    if (empty && s.final_cell != nullptr)
      s.final_cell[at] = s.initial_cell != nullptr ? s.initial_cell[at] : A(0);
  });
}

// After backward's last step, once for h and once for c. Rows of length 0 hand the final state's gradient on.
template <class A>
struct LstmFinish {
  std::int64_t batch = 0, hidden_size = 0;
  const std::int32_t* lengths = nullptr;  // in: [B]
  const A* d_state = nullptr;             // in: [B, H], not read in rows of length 0
  const A* d_final = nullptr;             // in: [B, H], null for zeros
  A* d_initial = nullptr;                 // out: [B, H]
};

template <class A>
__global__ void __launch_bounds__(kStepThreads) finish_kernel(LstmFinish<A> f) {
  for_states<1>(f.batch, f.hidden_size, [&](std::int64_t b, std::int64_t j) {
    const A* const from = f.lengths[b] == 0 ? f.d_final : f.d_state;
    const std::int64_t at = b * f.hidden_size + j;
    f.d_initial[at] = from != nullptr ? from[at] : A(0);
  });
}

}  // namespace favras::kernels::cuda
