// What the CPU's LSTM does alike forward and backward: rows packed without padding, dealt to one group a
// thread; a group runs through all layers and all steps without waiting for another. Input products cover all
// steps at once, weight gradients all rows of all groups.
#pragma once

#include <algorithm>
#include <vector>

#include "kernels/common/parallel_cpu.h"
#include "kernels/dropout/dropout_mask_cpu.h"
#include "kernels/gemm/gemm.h"
#include "kernels/lstm/lstm.h"
#include "kernels/lstm/lstm_buffers_cpu.h"
#include "kernels/lstm/lstm_packing.h"

namespace favras::kernels::cpu {

// Packing the weights costs about two steps' products: it pays from this many steps on.
inline constexpr std::int64_t kStepsWorthPacking = 4;

// Rows of numbers that one side keeps in full.
template <class From, class To>
void copy_row(const From* from, std::int64_t size, To* to) {
  std::transform(from, from + size, to, [](From x) { return To(x); });
}

// What forward and backward share: where packed rows lie in the caller's arrays.
template <class T>
class Pass {
 public:
  using A = Accumulate<T>;

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
  const A* mask_row(std::int64_t layer, std::int64_t row, A* buffer) const {
    if (!dropping()) return nullptr;
    DropoutMask mask = forward_.dropout;
    mask.stream += static_cast<std::uint32_t>(layer);
    dropout_mask_row(mask, row, H_, buffer);
    return buffer;
  }
  bool packs() const { return shape_.time >= kStepsWorthPacking; }
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

}  // namespace favras::kernels::cpu
