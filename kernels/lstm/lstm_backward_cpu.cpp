#include "kernels/bias/bias.h"
#include "kernels/embedding/embedding.h"
#include "kernels/lstm/lstm_gates_cpu.h"
#include "kernels/lstm/lstm_pass_cpu.h"

namespace favras::kernels::cpu {
namespace {

template <class T>
class BackwardPass : Pass<T> {
 public:
  BackwardPass(Context& context, const LstmBackward<T>& arguments)
      : Pass<T>(context, arguments.forward, arguments.workspace), backward_(arguments) {}

  void run() {
    if (backward_.d_input)
      std::fill_n(backward_.d_input, shape_.time * shape_.batch * shape_.input_size, T(0));
    for (std::int64_t l = 0; this->packs() && l < shape_.layers; ++l)
      packed_.push_back(PackedMatrix<T>::pack(context_, forward_.weights[l].hidden, false, kLstmGates * H_,
                                              H_, workspace_.packed + l * workspace_.packed_elements));
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
                                                        .beta = A(1)});
  }

 private:
  using typename Pass<T>::A;
  using Pass<T>::context_, Pass<T>::forward_, Pass<T>::shape_, Pass<T>::H_, Pass<T>::packing_,
      Pass<T>::reserve_, Pass<T>::workspace_;

  void run_layer(const PackedGroup& group, std::int64_t l, int thread) {
    const auto reserve = reserve_.layer(l);
    A* const d_hidden = workspace_.d_hidden + group.first_state * H_;
    A* const d_cell = workspace_.d_cell + group.first_state * H_;
    load_states(group, l, backward_.d_final_hidden, d_hidden);
    load_states(group, l, backward_.d_final_cell, d_cell);
    for (std::int64_t step = group.steps() - 1; step >= 0; --step) {
      for (std::int64_t rank = 0; rank < group.active(step); ++rank)
        run_row(group, l, step, rank, thread, d_hidden, d_cell);
      const T* const d_gates = reserve.gates + group.packed_row(step, 0) * kLstmGates * H_;
      if (this->packs())
        packed_[l].multiply(d_gates, group.active(step), d_hidden);
      else
        gemm(context_, Gemm<T, A>{.m = group.active(step),
                                  .n = H_,
                                  .k = kLstmGates * H_,
                                  .a = d_gates,
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
               A* d_hidden, A* d_cell) {
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

  void load_states(const PackedGroup& group, std::int64_t l, const A* states, A* packed) {
    for (std::size_t rank = 0; rank < group.rows.size(); ++rank) {
      if (states)
        std::copy_n(this->state_row(states, l, group.rows[rank]), H_, packed + rank * H_);
      else
        std::fill_n(packed + rank * H_, H_, A(0));
    }
  }
  void store_states(const PackedGroup& group, std::int64_t l, const A* packed, A* states) {
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
    const auto accumulate = [&](const T* x, std::int64_t size, A* gradient) {
      if (gradient)
        gemm(context_, Gemm<T, A>{.m = kLstmGates * H_,
                                  .n = size,
                                  .k = packing_.packed_rows,
                                  .a = reserve.gates,
                                  .b = x,
                                  .c = gradient,
                                  .transpose_a = true,
                                  .beta = A(1)});
    };
    accumulate(reserve.previous_hidden, H_, gradients.hidden);
    if (!this->from_ids(l)) accumulate(reserve.input, this->input_size(l), gradients.input);
    if (gradients.bias)
      bias_backward(context_, BiasBackward<T>{.rows = packing_.packed_rows,
                                              .columns = kLstmGates * H_,
                                              .dy = reserve.gates,
                                              .d_bias = gradients.bias,
                                              .beta = A(1)});
  }

  const LstmBackward<T>& backward_;
  std::vector<PackedMatrix<T>> packed_;  // W_hh, where it pays
};

}  // namespace

template <class T>
void lstm_backward(Context& context, const LstmBackward<T>& arguments) {
  BackwardPass<T>(context, arguments).run();
}

template void lstm_backward(Context&, const LstmBackward<float>&);
template void lstm_backward(Context&, const LstmBackward<double>&);
template void lstm_backward(Context&, const LstmBackward<bfloat16>&);

}  // namespace favras::kernels::cpu
