// The CPU's LSTM: rows packed without padding, dealt to one group a thread; a group runs through all layers
// and all steps without waiting for another. Input products cover all steps at once, weight gradients all
// rows of all groups.
#include <algorithm>

#include "kernels/bias/bias.h"
#include "kernels/common/parallel_cpu.h"
#include "kernels/dropout/dropout_mask_cpu.h"
#include "kernels/embedding/embedding.h"
#include "kernels/gemm/gemm.h"
#include "kernels/lstm/lstm.h"
#include "kernels/lstm/lstm_buffers_cpu.h"
#include "kernels/lstm/lstm_gates_cpu.h"
#include "kernels/lstm/lstm_packing.h"

namespace favras::kernels::cpu {
namespace {

// Transposing W_hh costs about two steps' products: it pays from this many steps on.
constexpr std::int64_t kStepsWorthTransposing = 4;

template <class T>
void transpose(const T* x, std::int64_t rows, std::int64_t columns, T* y, int threads) {
  constexpr std::int64_t kTile = 16;
#pragma omp parallel for num_threads(threads) schedule(static)
  for (std::int64_t r0 = 0; r0 < rows; r0 += kTile)
    for (std::int64_t c0 = 0; c0 < columns; c0 += kTile)
      for (std::int64_t r = r0; r < std::min(rows, r0 + kTile); ++r)
        for (std::int64_t c = c0; c < std::min(columns, c0 + kTile); ++c)
          y[c * rows + r] = x[r * columns + c];
}

// What forward and backward share: where packed rows lie in the caller's arrays.
template <class T>
class Pass {
 public:
  Pass(Context& context, const LstmForward<T>& arguments, void* workspace)
      : context_(context),
        forward_(arguments),
        shape_(arguments.shape),
        H_(shape_.hidden_size),
        packing_({arguments.lengths, static_cast<std::size_t>(shape_.batch)}, context.threads),
        reserve_(shape_, arguments.reserve),
        workspace_(context, shape_, workspace) {}

 protected:
  // The row of [T, B, ...] arrays that step `step` of a group's row `rank` stands for.
  std::int64_t time_row(const PackedGroup& group, std::int64_t step, std::int64_t rank) const {
    const std::int64_t time = shape_.reverse ? group.lengths[rank] - 1 - step : step;
    return time * shape_.batch + group.rows[rank];
  }
  // The row of [L, B, H] states, or null for none.
  template <class U>
  U* state_row(U* states, std::int64_t layer, std::int64_t batch_row) const {
    return states ? states + (layer * shape_.batch + batch_row) * H_ : nullptr;
  }
  bool dropping() const { return forward_.dropout.keep < 1.0f; }
  const T* mask_row(std::int64_t layer, std::int64_t row, T* buffer) const {
    if (!dropping()) return nullptr;
    DropoutMask mask = forward_.dropout;
    mask.stream += static_cast<std::uint32_t>(layer);
    dropout_mask_row(mask, row, H_, buffer);
    return buffer;
  }
  std::int64_t input_size(std::int64_t layer) const { return layer == 0 ? shape_.input_size : H_; }
  bool from_ids(std::int64_t layer) const { return input_size(layer) == 0; }

  // Calls body(group, thread) for every group, each on a thread of its own.
  template <class Body>
  void for_groups(const Body& body) const {
    parallel(static_cast<int>(packing_.groups.size()), [&](int i) { body(packing_.groups[i], i); });
  }
  // Calls body(step, rank, packed row) for every element of a group.
  template <class Body>
  void for_packed_rows(const PackedGroup& group, const Body& body) const {
    for (std::int64_t step = 0; step < group.steps(); ++step)
      for (std::int64_t rank = 0; rank < group.active(step); ++rank)
        body(step, rank, group.packed_row(step, rank));
  }

  Context& context_;
  const LstmForward<T>& forward_;
  const LstmShape shape_;
  const std::int64_t H_;
  const LstmPacking packing_;
  const LstmReserve<T> reserve_;
  const LstmWorkspace<T> workspace_;
};

template <class T>
class ForwardPass : Pass<T> {
 public:
  explicit ForwardPass(Context& context, const LstmForward<T>& arguments)
      : Pass<T>(context, arguments, arguments.workspace) {}

  void run() {
    clear_padding();
    if (transposes())
      for (std::int64_t l = 0; l < shape_.layers; ++l)
        transpose(forward_.weights[l].hidden, kLstmGates * H_, H_, transposed(l), context_.threads);
    this->for_groups([&](const PackedGroup& group, int thread) {
      if (shape_.input_size > 0) gather_input(group);
      for (std::int64_t l = 0; l < shape_.layers; ++l) run_layer(group, l, thread);
    });
  }

 private:
  using Pass<T>::context_, Pass<T>::forward_, Pass<T>::shape_, Pass<T>::H_, Pass<T>::packing_,
      Pass<T>::reserve_, Pass<T>::workspace_;

  bool transposes() const { return shape_.time >= kStepsWorthTransposing; }
  T* transposed(std::int64_t layer) const {
    return workspace_.hidden_transposed + layer * H_ * kLstmGates * H_;
  }

  void clear_padding() {
    for (T* const output : forward_.outputs) {
      if (!output) continue;
      for (std::int64_t t = 0; t < shape_.time; ++t)
        for (std::int64_t b = 0; b < shape_.batch; ++b)
          if (t >= forward_.lengths[b]) std::fill_n(output + (t * shape_.batch + b) * H_, H_, T(0));
    }
  }

  void gather_input(const PackedGroup& group) {
    const std::int64_t size = shape_.input_size;
    T* const packed = reserve_.layer(0).input;
    this->for_packed_rows(group, [&](std::int64_t step, std::int64_t rank, std::int64_t row) {
      std::copy_n(forward_.input + this->time_row(group, step, rank) * size, size, packed + row * size);
    });
  }

  void run_layer(const PackedGroup& group, std::int64_t l, int thread) {
    const auto reserve = reserve_.layer(l);
    const LstmWeights<T>& weights = forward_.weights[l];
    if (!this->from_ids(l)) {
      const std::int64_t size = this->input_size(l);
      gemm(context_, Gemm<T>{.m = group.packed_rows(),
                             .n = kLstmGates * H_,
                             .k = size,
                             .a = reserve.input + group.first * size,
                             .b = weights.input,
                             .c = reserve.gates + group.first * kLstmGates * H_,
                             .transpose_b = true});
    }
    start_states(group, l);
    for (std::int64_t step = 0; step < group.steps(); ++step) {
      const std::int64_t row = group.packed_row(step, 0);
      gemm(context_, Gemm<T>{.m = group.active(step),
                             .n = kLstmGates * H_,
                             .k = H_,
                             .a = reserve.previous_hidden + row * H_,
                             .b = transposes() ? transposed(l) : weights.hidden,
                             .c = reserve.gates + row * kLstmGates * H_,
                             .transpose_b = !transposes(),
                             .beta = this->from_ids(l) ? T(0) : T(1)});
      for (std::int64_t rank = 0; rank < group.active(step); ++rank) run_row(group, l, step, rank, thread);
    }
  }

  // Rows that never start end as they began; the others' h goes to where step 0 reads it.
  void start_states(const PackedGroup& group, std::int64_t l) {
    for (std::int64_t rank = 0; rank < static_cast<std::int64_t>(group.rows.size()); ++rank) {
      const std::int64_t b = group.rows[rank];
      const auto copy = [&](const T* initial, T* to) {
        if (!to || to == initial) return;
        if (initial)
          std::copy_n(initial, H_, to);
        else
          std::fill_n(to, H_, T(0));
      };
      const T* const hidden = this->state_row(forward_.initial_hidden, l, b);
      if (rank < group.active(0)) {
        copy(hidden, reserve_.layer(l).previous_hidden + group.packed_row(0, rank) * H_);
      } else {
        copy(hidden, this->state_row(forward_.final_hidden, l, b));
        copy(this->state_row(forward_.initial_cell, l, b), this->state_row(forward_.final_cell, l, b));
      }
    }
  }

  void run_row(const PackedGroup& group, std::int64_t l, std::int64_t step, std::int64_t rank, int thread) {
    const auto reserve = reserve_.layer(l);
    const std::int64_t row = group.packed_row(step, rank), b = group.rows[rank];
    const std::int64_t at = this->time_row(group, step, rank);
    const bool last = rank >= group.active(step + 1);
    T* const wanted =
        forward_.outputs.empty() || !forward_.outputs[l] ? nullptr : forward_.outputs[l] + at * H_;
    T* const above = l + 1 < shape_.layers ? reserve_.layer(l + 1).input + row * H_ : nullptr;

    LstmRowForward<T> r{.hidden_size = H_};
    r.gates = reserve.gates + row * kLstmGates * H_;
    r.addend = this->from_ids(l) ? forward_.projected_table + forward_.ids[at] * kLstmGates * H_
                                 : forward_.weights[l].bias;
    r.previous_cell = step > 0 ? reserve.cell + group.packed_row(step - 1, rank) * H_
                               : this->state_row(forward_.initial_cell, l, b);
    r.cell = reserve.cell + row * H_;
    r.hidden = !last ? reserve.previous_hidden + group.packed_row(step + 1, rank) * H_
                     : this->state_row(forward_.final_hidden, l, b);
    if (!r.hidden) r.hidden = workspace_.sink + thread * H_;
    r.output = above ? above : wanted;
    if (r.output) r.scale = this->mask_row(l, at, workspace_.scale + thread * H_);
    lstm_row_forward(r);

    if (above && wanted) std::copy_n(above, H_, wanted);
    if (last && forward_.final_cell) std::copy_n(r.cell, H_, this->state_row(forward_.final_cell, l, b));
  }
};

template <class T>
class BackwardPass : Pass<T> {
 public:
  BackwardPass(Context& context, const LstmBackward<T>& arguments)
      : Pass<T>(context, arguments.forward, arguments.workspace), backward_(arguments) {}

  void run() {
    if (backward_.d_input)
      std::fill_n(backward_.d_input, shape_.time * shape_.batch * shape_.input_size, T(0));
    this->for_groups([&](const PackedGroup& group, int thread) {
      for (std::int64_t l = shape_.layers - 1; l >= 0; --l) run_layer(group, l, thread);
      if (backward_.d_input) scatter_input(group);
      if (this->from_ids(0)) gather_ids(group);
    });
    for (std::int64_t l = 0; l < shape_.layers; ++l) weight_gradients(l);
    if (backward_.d_projected_table)
      embedding_backward(context_, EmbeddingBackward<T>{.rows = packing_.packed_rows,
                                                        .vocabulary = backward_.vocabulary,
                                                        .columns = kLstmGates * H_,
                                                        .ids = workspace_.packed_ids,
                                                        .dy = reserve_.layer(0).gates,
                                                        .d_table = backward_.d_projected_table,
                                                        .beta = T(1)});
  }

 private:
  using Pass<T>::context_, Pass<T>::forward_, Pass<T>::shape_, Pass<T>::H_, Pass<T>::packing_,
      Pass<T>::reserve_, Pass<T>::workspace_;

  void run_layer(const PackedGroup& group, std::int64_t l, int thread) {
    const auto reserve = reserve_.layer(l);
    T* const d_hidden = workspace_.d_hidden + group.first_state * H_;
    T* const d_cell = workspace_.d_cell + group.first_state * H_;
    load_states(group, l, backward_.d_final_hidden, d_hidden);
    load_states(group, l, backward_.d_final_cell, d_cell);
    for (std::int64_t step = group.steps() - 1; step >= 0; --step) {
      for (std::int64_t rank = 0; rank < group.active(step); ++rank)
        run_row(group, l, step, rank, thread, d_hidden, d_cell);
      gemm(context_, Gemm<T>{.m = group.active(step),
                             .n = H_,
                             .k = kLstmGates * H_,
                             .a = reserve.gates + group.packed_row(step, 0) * kLstmGates * H_,
                             .b = forward_.weights[l].hidden,
                             .c = d_hidden});
    }
    store_states(group, l, d_hidden, backward_.d_initial_hidden);
    store_states(group, l, d_cell, backward_.d_initial_cell);
    if (l > 0 || backward_.d_input) {
      const std::int64_t size = this->input_size(l);
      gemm(context_, Gemm<T>{.m = group.packed_rows(),
                             .n = size,
                             .k = kLstmGates * H_,
                             .a = reserve.gates + group.first * kLstmGates * H_,
                             .b = forward_.weights[l].input,
                             .c = d_layer_input(group)});
    }
  }

  void run_row(const PackedGroup& group, std::int64_t l, std::int64_t step, std::int64_t rank, int thread,
               T* d_hidden, T* d_cell) {
    const auto reserve = reserve_.layer(l);
    const std::int64_t row = group.packed_row(step, rank), at = this->time_row(group, step, rank);
    LstmRowBackward<T> r{.hidden_size = H_};
    r.gates = reserve.gates + row * kLstmGates * H_;
    r.previous_cell = step > 0 ? reserve.cell + group.packed_row(step - 1, rank) * H_
                               : this->state_row(forward_.initial_cell, l, group.rows[rank]);
    r.cell = reserve.cell + row * H_;
    r.d_hidden = d_hidden + rank * H_;
    if (l + 1 < shape_.layers) r.d_output = d_layer_input(group) + (row - group.first) * H_;
    if (!backward_.d_outputs.empty() && backward_.d_outputs[l])
      r.d_output_extra = backward_.d_outputs[l] + at * H_;
    if (r.d_output || r.d_output_extra) r.scale = this->mask_row(l, at, workspace_.scale + thread * H_);
    r.d_cell = d_cell + rank * H_;
    lstm_row_backward(r);
  }

  T* d_layer_input(const PackedGroup& group) const {
    return workspace_.d_layer_input + group.first * std::max(H_, shape_.input_size);
  }

  void load_states(const PackedGroup& group, std::int64_t l, const T* states, T* packed) {
    for (std::size_t rank = 0; rank < group.rows.size(); ++rank) {
      if (states)
        std::copy_n(this->state_row(states, l, group.rows[rank]), H_, packed + rank * H_);
      else
        std::fill_n(packed + rank * H_, H_, T(0));
    }
  }
  void store_states(const PackedGroup& group, std::int64_t l, const T* packed, T* states) {
    if (!states) return;
    for (std::size_t rank = 0; rank < group.rows.size(); ++rank)
      std::copy_n(packed + rank * H_, H_, this->state_row(states, l, group.rows[rank]));
  }
  void scatter_input(const PackedGroup& group) {
    const std::int64_t size = shape_.input_size;
    this->for_packed_rows(group, [&](std::int64_t step, std::int64_t rank, std::int64_t row) {
      std::copy_n(d_layer_input(group) + (row - group.first) * size, size,
                  backward_.d_input + this->time_row(group, step, rank) * size);
    });
  }
  void gather_ids(const PackedGroup& group) {
    this->for_packed_rows(group, [&](std::int64_t step, std::int64_t rank, std::int64_t row) {
      workspace_.packed_ids[row] = forward_.ids[this->time_row(group, step, rank)];
    });
  }

  void weight_gradients(std::int64_t l) {
    const auto reserve = reserve_.layer(l);
    const LstmWeightGradients<T>& gradients = backward_.d_weights[l];
    const auto accumulate = [&](const T* x, std::int64_t size, T* gradient) {
      if (gradient)
        gemm(context_, Gemm<T>{.m = kLstmGates * H_,
                               .n = size,
                               .k = packing_.packed_rows,
                               .a = reserve.gates,
                               .b = x,
                               .c = gradient,
                               .transpose_a = true,
                               .beta = T(1)});
    };
    accumulate(reserve.previous_hidden, H_, gradients.hidden);
    if (!this->from_ids(l)) accumulate(reserve.input, this->input_size(l), gradients.input);
    if (gradients.bias)
      bias_backward(context_, BiasBackward<T>{.rows = packing_.packed_rows,
                                              .columns = kLstmGates * H_,
                                              .dy = reserve.gates,
                                              .d_bias = gradients.bias,
                                              .beta = T(1)});
  }

  const LstmBackward<T>& backward_;
};

}  // namespace

template <class T>
std::size_t lstm_reserve_bytes(const Context&, const LstmShape& shape) {
  return LstmReserve<T>(shape, nullptr).bytes();
}

template <class T>
std::size_t lstm_workspace_bytes(const Context& context, const LstmShape& shape) {
  return LstmWorkspace<T>(context, shape, nullptr).bytes;
}

template <class T>
void lstm_forward(Context& context, const LstmForward<T>& arguments) {
  ForwardPass<T>(context, arguments).run();
}

template <class T>
void lstm_backward(Context& context, const LstmBackward<T>& arguments) {
  BackwardPass<T>(context, arguments).run();
}

template std::size_t lstm_reserve_bytes<float>(const Context&, const LstmShape&);
template std::size_t lstm_reserve_bytes<double>(const Context&, const LstmShape&);
template std::size_t lstm_workspace_bytes<float>(const Context&, const LstmShape&);
template std::size_t lstm_workspace_bytes<double>(const Context&, const LstmShape&);
template void lstm_forward(Context&, const LstmForward<float>&);
template void lstm_forward(Context&, const LstmForward<double>&);
template void lstm_backward(Context&, const LstmBackward<float>&);
template void lstm_backward(Context&, const LstmBackward<double>&);

}  // namespace favras::kernels::cpu
