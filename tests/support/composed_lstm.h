// The LSTM stack of kernels/lstm/lstm.h composed of small operations, as the equations read: the oracle of
// the fused one.
#pragma once

#include <vector>

#include "engine/ops/dropout.h"
#include "engine/ops/embedding.h"
#include "engine/ops/linear.h"
#include "engine/ops/lstm.h"
#include "tests/support/naive_ops.h"

namespace favras::test {

// x with rows [B, C] of time step `times[b]` (none: 0) of [T, B, C].
inline Variable rows_at(const Variable& x, const std::vector<std::int64_t>& times) {
  const std::int64_t batch = x.value().size(1), columns = x.value().size(2);
  std::vector<std::int64_t> indices;
  for (std::int64_t b = 0; b < batch; ++b)
    for (std::int64_t c = 0; c < columns; ++c)
      indices.push_back(times[b] < 0 ? -1 : (times[b] * batch + b) * columns + c);
  return gather(x, indices, {batch, columns});
}

inline Variable columns_of(const Variable& x, std::int64_t first, std::int64_t count) {
  const std::int64_t rows = x.value().size(0), columns = x.value().size(1);
  std::vector<std::int64_t> indices;
  for (std::int64_t r = 0; r < rows; ++r)
    for (std::int64_t c = 0; c < count; ++c) indices.push_back(r * columns + first + c);
  return gather(x, indices, {rows, count});
}

// after where alive, else before
inline Variable select(const std::vector<bool>& alive, const Variable& after, const Variable& before) {
  Tensor mask(after.value().shape(), DType::kFloat64), complement(after.value().shape(), DType::kFloat64);
  const std::int64_t columns = after.value().size(1);
  for (std::int64_t i = 0; i < mask.elements(); ++i) {
    mask.data<double>()[i] = alive[i / columns] ? 1.0 : 0.0;
    complement.data<double>()[i] = 1.0 - mask.data<double>()[i];
  }
  return add(multiply(after, Variable(mask)), multiply(before, Variable(complement)));
}

inline LstmResult composed_lstm(const LstmInput& input, const Tensor& lengths_tensor,
                                std::span<const LstmParameters> layers, const LstmStates& initial,
                                const LstmOptions& options) {
  Variable x = input.sequence ? input.sequence : embedding(input.embedding, input.ids);
  const std::int64_t time = x.value().size(0), batch = x.value().size(1);
  const std::vector<std::int32_t> lengths = lengths_tensor.to_host<std::int32_t>();
  LstmResult result;
  std::vector<Variable> final_hidden, final_cell;
  for (std::size_t l = 0; l < layers.size(); ++l) {
    const std::int64_t size = layers[l].weight_hh.value().size(1);
    const auto start = [&](const Variable& states) {
      if (!states) return Variable(Tensor::zeros({batch, size}, DType::kFloat64));
      return rows_at(states, std::vector<std::int64_t>(batch, static_cast<std::int64_t>(l)));
    };
    Variable hidden = start(initial.hidden), cell = start(initial.cell);
    std::vector<Variable> by_step;
    for (std::int64_t step = 0; step < time; ++step) {
      std::vector<std::int64_t> times(batch);
      std::vector<bool> alive(batch);
      for (std::int64_t b = 0; b < batch; ++b) {
        alive[b] = step < lengths[b];
        times[b] = !alive[b] ? -1 : options.reverse ? lengths[b] - 1 - step : step;
      }
      const Variable sums = add(linear(rows_at(x, times), layers[l].weight_ih, layers[l].bias),
                                linear(hidden, layers[l].weight_hh));
      const Variable i = sigmoid(columns_of(sums, 0, size)), f = sigmoid(columns_of(sums, size, size));
      const Variable g = tanh(columns_of(sums, 2 * size, size)),
                     o = sigmoid(columns_of(sums, 3 * size, size));
      const Variable new_cell = add(multiply(f, cell), multiply(i, g));
      const Variable new_hidden = multiply(o, tanh(new_cell));
      cell = select(alive, new_cell, cell);
      hidden = select(alive, new_hidden, hidden);
      by_step.push_back(new_hidden);
    }
    // y[t, b] is h of the step that read x[t, b], 0 past the row's end.
    const Variable stacked = stack(by_step);
    std::vector<std::int64_t> indices;
    for (std::int64_t t = 0; t < time; ++t)
      for (std::int64_t b = 0; b < batch; ++b)
        for (std::int64_t c = 0; c < size; ++c) {
          const std::int64_t step = options.reverse ? lengths[b] - 1 - t : t;
          indices.push_back(t < lengths[b] ? (step * batch + b) * size + c : -1);
        }
    kernels::DropoutMask mask = options.dropout;
    mask.stream += static_cast<std::uint32_t>(l);
    x = dropout(gather(stacked, indices, {time, batch, size}), mask);
    result.outputs.push_back(x);
    final_hidden.push_back(hidden);
    final_cell.push_back(cell);
  }
  result.final = {stack(final_hidden), stack(final_cell)};
  return result;
}

}  // namespace favras::test
