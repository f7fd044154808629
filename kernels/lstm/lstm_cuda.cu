// The CUDA LSTM: layer after layer, step after step, two launches a step: a product and a pointwise kernel.
// Every step covers all rows, since the host knows no length; the pointwise kernels mask. Input products and
// weight gradients cover all steps at once.
#include "kernels/bias/bias.h"
#include "kernels/common/cuda_check.h"
#include "kernels/common/grid_cuda.h"
#include "kernels/embedding/embedding.h"
#include "kernels/gemm/gemm.h"
#include "kernels/lstm/lstm.h"
#include "kernels/lstm/lstm_buffers_cuda.h"
#include "kernels/lstm/lstm_step_cuda-inl.h"
#include "kernels/lstm/reorder_cuda.h"

namespace favras::kernels::cuda {
namespace {

// What forward and backward share.
template <class T>
class Pass {
 protected:
  using A = Accumulate<T>;

  Pass(Context& context, const LstmForward<T>& arguments, void* workspace)
      : context_(context),
        forward_(arguments),
        shape_(arguments.shape),
        B_(shape_.batch),
        H_(shape_.hidden_size),
        rows_(shape_.time * shape_.batch),
        reserve_(shape_, arguments.reserve),
        workspace_(shape_, workspace) {}

  std::int64_t input_size(std::int64_t layer) const { return layer == 0 ? shape_.input_size : H_; }
  bool from_ids(std::int64_t layer) const { return input_size(layer) == 0; }
  // A layer's part of [L, B, H] states, or null for none.
  template <class U>
  U* states_of(U* states, std::int64_t layer) const {
    return states ? states + layer * B_ * H_ : nullptr;
  }
  template <class U>
  static U* output_of(std::span<U* const> outputs, std::int64_t layer) {
    return outputs.empty() ? nullptr : outputs[layer];
  }

  // A step as forward and backward see it.
  LstmStep<T> step_of(std::int64_t layer, std::int64_t step) const {
    const auto& reserve = reserve_.layers[layer];
    const std::int64_t states = B_ * H_;
    LstmStep<T> s{.step = step, .batch = B_, .hidden_size = H_, .reverse = shape_.reverse};
    s.lengths = forward_.lengths;
    if (const DropoutMask& mask = forward_.dropout; mask.keep < 1.0f)
      s.dropout = {.state = mask.state,
                   .stream = mask.stream + static_cast<std::uint32_t>(layer),
                   .threshold = static_cast<std::uint32_t>(dropout_threshold(mask.keep)),
                   .kept = A(1) / static_cast<A>(mask.keep)};
    s.gates = reserve.gates + step * states * kLstmGates;
    s.cell = reserve.cell + step * states;
    s.previous_cell = step > 0 ? s.cell - states : states_of(forward_.initial_cell, layer);
    return s;
  }

  template <class U>
  void reorder(std::int64_t columns, const U* from, U* to, U past_end = {}) {
    reorder_rows(context_, ReorderRows<U>{.time = shape_.time,
                                          .batch = B_,
                                          .columns = columns,
                                          .reverse = shape_.reverse,
                                          .lengths = forward_.lengths,
                                          .from = from,
                                          .to = to,
                                          .past_end = past_end});
  }

  Context& context_;
  const LstmForward<T>& forward_;
  const LstmShape shape_;
  const std::int64_t B_, H_, rows_;
  const LstmReserve<T> reserve_;
  const LstmWorkspace<T> workspace_;
};

template <class T>
class ForwardPass : Pass<T> {
 public:
  ForwardPass(Context& context, const LstmForward<T>& arguments)
      : Pass<T>(context, arguments, arguments.workspace) {}

  void run() {
    if (!this->from_ids(0)) this->reorder(shape_.input_size, forward_.input, reserve_.layers[0].input);
    for (std::int64_t l = 0; l < shape_.layers; ++l) {
      if (!this->from_ids(l)) input_product(l);
      start(l);
      run_steps(l);
    }
  }

 private:
  using typename Pass<T>::A;
  using Pass<T>::context_, Pass<T>::forward_, Pass<T>::shape_, Pass<T>::B_, Pass<T>::H_, Pass<T>::rows_,
      Pass<T>::reserve_, Pass<T>::workspace_;

  void input_product(std::int64_t l) {
    gemm(context_, Gemm<T>{.m = rows_,
                           .n = kLstmGates * H_,
                           .k = this->input_size(l),
                           .a = reserve_.layers[l].input,
                           .b = forward_.weights[l].input,
                           .c = reserve_.layers[l].gates,
                           .transpose_b = true});
  }

  void start(std::int64_t l) {
    launch_over_states(context_, start_kernel<T>, B_, H_, 1,
                       LstmStart<T>{.batch = B_,
                                    .hidden_size = H_,
                                    .lengths = forward_.lengths,
                                    .initial_hidden = this->states_of(forward_.initial_hidden, l),
                                    .initial_cell = this->states_of(forward_.initial_cell, l),
                                    .hidden = reserve_.layers[l].hidden,
                                    .final_hidden = this->states_of(forward_.final_hidden, l),
                                    .final_cell = this->states_of(forward_.final_cell, l)});
  }

  void run_steps(std::int64_t l) {
    for (std::int64_t step = 0; step < shape_.time; ++step) {
      gemm(context_, Gemm<T, A>{.m = B_,
                                .n = kLstmGates * H_,
                                .k = H_,
                                .a = reserve_.layers[l].hidden + step * B_ * H_,
                                .b = forward_.weights[l].hidden,
                                .c = workspace_.recurrent,
                                .transpose_b = true});
      run_step(l, step);
    }
  }

  void run_step(std::int64_t l, std::int64_t step) {
    LstmStepForward<T> s{this->step_of(l, step)};
    s.recurrent = workspace_.recurrent;
    if (this->from_ids(l)) {
      s.ids = forward_.ids;
      s.projected_table = forward_.projected_table;
    } else {
      s.bias = forward_.weights[l].bias;
    }
    s.next_hidden = reserve_.layers[l].hidden + (step + 1) * B_ * H_;
    if (l + 1 < shape_.layers) s.layer_above = reserve_.layers[l + 1].input + step * B_ * H_;
    s.output = this->output_of(forward_.outputs, l);
    s.final_hidden = this->states_of(forward_.final_hidden, l);
    s.final_cell = this->states_of(forward_.final_cell, l);
    const bool wide =
        allows_columns(H_, s.gates, s.previous_cell, s.cell, s.recurrent, s.bias, s.projected_table,
                       s.next_hidden, s.layer_above, s.output, s.final_hidden, s.final_cell);
    launch_over_states(context_, wide ? step_forward_kernel<T, kColumns> : step_forward_kernel<T, 1>, B_, H_,
                       wide ? kColumns : 1, s);
  }
};

template <class T>
class BackwardPass : Pass<T> {
 public:
  BackwardPass(Context& context, const LstmBackward<T>& arguments)
      : Pass<T>(context, arguments.forward, arguments.workspace), backward_(arguments) {}

  void run() {
    for (std::int64_t l = shape_.layers - 1; l >= 0; --l) {
      run_steps(l);
      finish(workspace_.d_hidden, this->states_of(backward_.d_final_hidden, l),
             this->states_of(backward_.d_initial_hidden, l));
      finish(workspace_.d_cell, this->states_of(backward_.d_final_cell, l),
             this->states_of(backward_.d_initial_cell, l));
      if (l > 0 || backward_.d_input) input_gradient(l);
      weight_gradients(l);
    }
    if (backward_.d_input) this->reorder(shape_.input_size, workspace_.d_layer_input, backward_.d_input);
    if (backward_.d_projected_table) table_gradient();
  }

 private:
  using typename Pass<T>::A;
  using Pass<T>::context_, Pass<T>::forward_, Pass<T>::shape_, Pass<T>::B_, Pass<T>::H_, Pass<T>::rows_,
      Pass<T>::reserve_, Pass<T>::workspace_;

  void run_steps(std::int64_t l) {
    for (std::int64_t step = shape_.time - 1; step >= 0; --step) {
      run_step(l, step);
      if (step > 0 || backward_.d_initial_hidden)
        gemm(context_, Gemm<T, A>{.m = B_,
                                  .n = H_,
                                  .k = kLstmGates * H_,
                                  .a = reserve_.layers[l].gates + step * B_ * kLstmGates * H_,
                                  .b = forward_.weights[l].hidden,
                                  .c = workspace_.d_hidden});
    }
  }

  void run_step(std::int64_t l, std::int64_t step) {
    LstmStepBackward<T> s{this->step_of(l, step)};
    s.d_hidden = workspace_.d_hidden;
    s.d_cell = workspace_.d_cell;
    s.d_final_hidden = this->states_of(backward_.d_final_hidden, l);
    s.d_final_cell = this->states_of(backward_.d_final_cell, l);
    if (l + 1 < shape_.layers) s.d_layer_above = workspace_.d_layer_input + step * B_ * H_;
    s.d_output = this->output_of(backward_.d_outputs, l);
    const bool wide = allows_columns(H_, s.gates, s.previous_cell, s.cell, s.d_hidden, s.d_cell,
                                     s.d_final_hidden, s.d_final_cell, s.d_layer_above, s.d_output);
    launch_over_states(context_, wide ? step_backward_kernel<T, kColumns> : step_backward_kernel<T, 1>, B_,
                       H_, wide ? kColumns : 1, s);
  }

  void finish(const A* d_state, const A* d_final, A* d_initial) {
    if (d_initial)
      launch_over_states(context_, finish_kernel<A>, B_, H_, 1,
                         LstmFinish<A>{.batch = B_,
                                       .hidden_size = H_,
                                       .lengths = forward_.lengths,
                                       .d_state = d_state,
                                       .d_final = d_final,
                                       .d_initial = d_initial});
  }

  void input_gradient(std::int64_t l) {
    gemm(context_, Gemm<T>{.m = rows_,
                           .n = this->input_size(l),
                           .k = kLstmGates * H_,
                           .a = reserve_.layers[l].gates,
                           .b = forward_.weights[l].input,
                           .c = workspace_.d_layer_input});
  }

  void weight_gradients(std::int64_t l) {
    const auto& reserve = reserve_.layers[l];
    const LstmWeightGradients<T>& gradients = backward_.d_weights[l];
    const auto accumulate = [&](const T* x, std::int64_t size, A* gradient) {
      if (gradient)
        gemm(context_, Gemm<T, A>{.m = kLstmGates * H_,
                                  .n = size,
                                  .k = rows_,
                                  .a = reserve.gates,
                                  .b = x,
                                  .c = gradient,
                                  .transpose_a = true,
                                  .beta = 1});
    };
    accumulate(reserve.hidden, H_, gradients.hidden);
    if (!this->from_ids(l)) accumulate(reserve.input, this->input_size(l), gradients.input);
    if (gradients.bias)
      bias_backward(context_, BiasBackward<T>{.rows = rows_,
                                              .columns = kLstmGates * H_,
                                              .dy = reserve.gates,
                                              .d_bias = gradients.bias,
                                              .beta = 1});
  }

  void table_gradient() {
    this->reorder(1, forward_.ids, workspace_.step_ids, -1);
    embedding_backward(context_, EmbeddingBackward<T>{.rows = rows_,
                                                      .vocabulary = backward_.vocabulary,
                                                      .columns = kLstmGates * H_,
                                                      .ids = workspace_.step_ids,
                                                      .dy = reserve_.layers[0].gates,
                                                      .d_table = backward_.d_projected_table,
                                                      .beta = 1});
  }

  const LstmBackward<T>& backward_;
};

}  // namespace

template <class T>
std::size_t lstm_reserve_bytes(const Context&, const LstmShape& shape) {
  return LstmReserve<T>(shape, nullptr).bytes;
}

template <class T>
std::size_t lstm_workspace_bytes(const Context&, const LstmShape& shape) {
  return LstmWorkspace<T>(shape, nullptr).bytes;
}

template <class T>
void lstm_forward(Context& context, const LstmForward<T>& arguments) {
  if (arguments.shape.batch > 0) ForwardPass<T>(context, arguments).run();
}

template <class T>
void lstm_backward(Context& context, const LstmBackward<T>& arguments) {
  if (arguments.forward.shape.batch > 0) BackwardPass<T>(context, arguments).run();
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

}  // namespace favras::kernels::cuda
