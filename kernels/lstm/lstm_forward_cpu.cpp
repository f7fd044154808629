#include <type_traits>

#include "kernels/lstm/lstm_gates_cpu.h"
#include "kernels/lstm/lstm_pass_cpu.h"

namespace favras::kernels::cpu {
namespace {

template <class T>
class ForwardPass : Pass<T> {
 public:
  using typename Pass<T>::A;

  explicit ForwardPass(Context& context, const LstmForward<T>& arguments)
      : Pass<T>(context, arguments, arguments.workspace),
        packed_(shape_, forward_.packed ? static_cast<const T*>(forward_.packed) : workspace_.packed) {}

  void run() {
    clear_padding();
    if (!forward_.packed && this->packs())
      LstmPackedWeights<T>::pack(context_, shape_, forward_.weights, workspace_.packed);
    for (std::int64_t l = 0; l < shape_.layers; ++l)
      if (!this->from_ids(l)) copy_row(forward_.weights[l].bias, kLstmGates * H_, bias(l));
    this->for_groups([&](const PackedGroup& group, int thread) {
      if (shape_.input_size > 0) gather_input(group);
      for (std::int64_t l = 0; l < shape_.layers; ++l) run_layer(group, l, thread);
    });
  }

 private:
  using Pass<T>::context_, Pass<T>::forward_, Pass<T>::shape_, Pass<T>::H_, Pass<T>::packing_,
      Pass<T>::reserve_, Pass<T>::workspace_;

  A* bias(std::int64_t layer) const { return workspace_.bias + layer * kLstmGates * H_; }

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
      multiply(packed_.input(l), Gemm<T>{.m = group.packed_rows(),
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
      multiply(packed_.hidden(l), Gemm<T, A>{.m = group.active(step),
                                             .n = kLstmGates * H_,
                                             .k = H_,
                                             .a = reserve.previous_hidden + row * H_,
                                             .b = weights.hidden,
                                             .c = workspace_.recurrent + group.first_state * kLstmGates * H_,
                                             .transpose_b = true});
      for (std::int64_t rank = 0; rank < group.active(step); ++rank) run_row(group, l, step, rank, thread);
    }
  }

  // By the packed right factor, where it is.
  template <class TC>
  void multiply(const PackedMatrix<T>& packed, const Gemm<T, TC>& product) const {
    if (forward_.packed || this->packs())
      packed.multiply(product.a, product.m, product.c);
    else
      gemm(context_, product);
  }

  // Rows that never start end as they began; the others' h goes to where step 0 reads it.
  void start_states(const PackedGroup& group, std::int64_t l) {
    for (std::int64_t rank = 0; rank < static_cast<std::int64_t>(group.rows.size()); ++rank) {
      const std::int64_t b = group.rows[rank];
      const auto copy = [&](const A* initial, auto* to) {
        if (!to || static_cast<const void*>(to) == initial) return;
        if (initial)
          copy_row(initial, H_, to);
        else
          std::fill_n(to, H_, std::remove_pointer_t<decltype(to)>(0));
      };
      const A* const hidden = this->state_row(forward_.initial_hidden, l, b);
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
    r.recurrent = workspace_.recurrent + (group.first_state + rank) * kLstmGates * H_;
    r.adds_input = !this->from_ids(l);
    r.gates = reserve.gates + row * kLstmGates * H_;
    r.addend = this->from_ids(l) ? forward_.projected_table + forward_.ids[at] * kLstmGates * H_ : bias(l);
    r.previous_cell = step > 0 ? reserve.cell + group.packed_row(step - 1, rank) * H_
                               : this->state_row(forward_.initial_cell, l, b);
    r.cell = reserve.cell + row * H_;
    if (last)
      r.final_hidden = this->state_row(forward_.final_hidden, l, b);
    else
      r.hidden = reserve.previous_hidden + group.packed_row(step + 1, rank) * H_;
    r.output = above ? above : wanted;
    if (r.output) r.scale = this->mask_row(l, at, workspace_.scale + thread * H_);
    lstm_row_forward(r);

    if (above && wanted) std::copy_n(above, H_, wanted);
    if (last && forward_.final_cell) std::copy_n(r.cell, H_, this->state_row(forward_.final_cell, l, b));
  }

  const LstmPackedWeights<T> packed_;
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
std::size_t lstm_packed_bytes(const Context&, const LstmShape& shape) {
  return static_cast<std::size_t>(LstmPackedWeights<T>::elements(shape)) * sizeof(T);
}

template <class T>
void lstm_pack(Context& context, const LstmShape& shape, std::span<const LstmWeights<T>> weights,
               void* packed) {
  LstmPackedWeights<T>::pack(context, shape, weights, static_cast<T*>(packed));
}

template <class T>
void lstm_forward(Context& context, const LstmForward<T>& arguments) {
  ForwardPass<T>(context, arguments).run();
}

template std::size_t lstm_reserve_bytes<float>(const Context&, const LstmShape&);
template std::size_t lstm_reserve_bytes<double>(const Context&, const LstmShape&);
template std::size_t lstm_reserve_bytes<bfloat16>(const Context&, const LstmShape&);
template std::size_t lstm_workspace_bytes<float>(const Context&, const LstmShape&);
template std::size_t lstm_packed_bytes<float>(const Context&, const LstmShape&);
template void lstm_pack(Context&, const LstmShape&, std::span<const LstmWeights<float>>, void*);
template std::size_t lstm_workspace_bytes<double>(const Context&, const LstmShape&);
template std::size_t lstm_packed_bytes<double>(const Context&, const LstmShape&);
template void lstm_pack(Context&, const LstmShape&, std::span<const LstmWeights<double>>, void*);
template std::size_t lstm_workspace_bytes<bfloat16>(const Context&, const LstmShape&);
template std::size_t lstm_packed_bytes<bfloat16>(const Context&, const LstmShape&);
template void lstm_pack(Context&, const LstmShape&, std::span<const LstmWeights<bfloat16>>, void*);
template void lstm_forward(Context&, const LstmForward<float>&);
template void lstm_forward(Context&, const LstmForward<double>&);
template void lstm_forward(Context&, const LstmForward<bfloat16>&);

}  // namespace favras::kernels::cpu
