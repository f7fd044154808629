// A stack of LSTM layers over a whole batch, all rows of full length, with the arrays that forward and
// backward need. An input of 0 columns is ids.
#pragma once

#include <cstdint>
#include <vector>

#include "bench/kernels/arrays.h"
#include "bench/kernels/workload.h"
#include "kernels/lstm/lstm.h"

namespace favras::bench {

template <class Device, class T>
class LstmStack {
 public:
  using Sum = kernels::Accumulate<T>;

  LstmStack(Device& device, const kernels::LstmShape& shape, float keep = 0.7f)
      : shape_(shape),
        keep_(keep),
        lengths_(
            copy_of<std::int32_t>(device, std::vector<std::int32_t>(static_cast<std::size_t>(shape.batch),
                                                                    static_cast<std::int32_t>(shape.time)))),
        state_(copy_of<kernels::StepState>(device, {{.seed = 1, .step = 1}})),
        ids_(ids(device, rows(), kVocabulary)),
        table_(numbers<Sum>(device, kVocabulary * gates(), 0.1f)),
        d_table_(zeros<Sum>(device, kVocabulary * gates())),
        input_(numbers<T>(device, rows() * shape.input_size)),
        d_input_(zeros<T>(device, rows() * shape.input_size)),
        d_output_(numbers<T>(device, rows() * shape.hidden_size)),
        output_(zeros<T>(device, shape.layers * rows() * shape.hidden_size)),
        weights_(numbers<T>(device, weights_count(), 0.05f)),
        d_weights_(zeros<Sum>(device, weights_count())),
        reserve_(zeros<char>(device, bytes_of(lstm_reserve_bytes<T>(device.context(), shape)))),
        workspace_(zeros<char>(device, bytes_of(lstm_workspace_bytes<T>(device.context(), shape)))) {
    lay_out();
  }
  kernels::LstmForward<T> forward() const {
    kernels::LstmForward<T> f{.shape = shape_, .lengths = lengths_.data()};
    if (from_ids())
      f.ids = ids_.data(), f.projected_table = table_.data();
    else
      f.input = input_.data();
    f.weights = layers_;
    f.dropout = {.keep = keep_, .stream = 1, .state = state_.data()};
    f.outputs = outputs_;
    f.reserve = reserve_.data();
    f.workspace = workspace_.data();
    return f;
  }
  kernels::LstmBackward<T> backward() const {
    kernels::LstmBackward<T> b{.forward = forward()};
    b.d_outputs = d_outputs_;
    b.d_weights = d_layers_;
    if (from_ids())
      b.d_projected_table = d_table_.data(), b.vocabulary = kVocabulary;
    else
      b.d_input = d_input_.data();
    b.workspace = workspace_.data();
    return b;
  }

  std::int64_t rows() const { return shape_.time * shape_.batch; }
  std::int64_t weights_count() const {
    const std::int64_t above = gates() * (2 * shape_.hidden_size + 1);
    return gates() * (shape_.input_size + shape_.hidden_size + 1) + (shape_.layers - 1) * above;
  }
  // Of the products with weights; a table's rows are read, not multiplied.
  double operations() const {
    const std::int64_t inputs = shape_.input_size + (2 * shape_.layers - 1) * shape_.hidden_size;
    return 2.0 * static_cast<double>(rows() * gates() * inputs);
  }

 private:
  bool from_ids() const { return shape_.input_size == 0; }
  std::int64_t gates() const { return kernels::kLstmGates * shape_.hidden_size; }
  static std::int64_t bytes_of(std::size_t bytes) { return static_cast<std::int64_t>(bytes); }

  // The layers' weights one after another, and which outputs are wanted: the top one.
  void lay_out() {
    std::int64_t at = 0;
    for (std::int64_t layer = 0; layer < shape_.layers; ++layer) {
      const bool reads_ids = layer == 0 && from_ids();
      const std::int64_t input = gates() * (layer == 0 ? shape_.input_size : shape_.hidden_size);
      const std::int64_t hidden = gates() * shape_.hidden_size;
      const T* w = weights_.data() + at;
      Sum* d = d_weights_.data() + at;
      layers_.push_back({reads_ids ? nullptr : w, w + input, reads_ids ? nullptr : w + input + hidden});
      d_layers_.push_back({reads_ids ? nullptr : d, d + input, reads_ids ? nullptr : d + input + hidden});
      at += input + hidden + gates();
      const bool is_top = layer + 1 == shape_.layers;
      outputs_.push_back(output_.data() + layer * rows() * shape_.hidden_size);
      d_outputs_.push_back(is_top ? d_output_.data() : nullptr);
    }
  }

  kernels::LstmShape shape_;
  float keep_;
  Array<std::int32_t, Device> lengths_;
  Array<kernels::StepState, Device> state_;
  Array<std::int32_t, Device> ids_;
  Array<Sum, Device> table_, d_table_;
  Array<T, Device> input_, d_input_, d_output_, output_, weights_;
  Array<Sum, Device> d_weights_;
  Array<char, Device> reserve_, workspace_;
  std::vector<kernels::LstmWeights<T>> layers_;
  std::vector<kernels::LstmWeightGradients<T>> d_layers_;
  std::vector<T*> outputs_;
  std::vector<const T*> d_outputs_;
};

}  // namespace favras::bench
