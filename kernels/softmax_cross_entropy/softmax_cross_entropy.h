// Softmax, cross-entropy against one target class a row, and the gradient, in one pass over the logits:
//   q[r, v] = (1 - e) [v = target_r] + e / V     (e: label smoothing, Szegedy et al., CVPR 2016; 0 for none)
//   loss_r = log(sum_v exp(x[r, v])) - sum_v q[r, v] x[r, v]
//   dx[r, v] = (softmax(x)[r, v] - q[r, v]) / count
// Rows whose target is `ignore` carry no loss and a zero gradient; count is the number of the others.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/common/bfloat16.h"
#include "kernels/common/context.h"

namespace favras::kernels {

template <class T>
struct SoftmaxCrossEntropy {
  std::int64_t rows = 0, vocabulary = 0;
  const std::int32_t* targets = nullptr;  // in: [rows], each in [0, vocabulary) or equal to ignore
  std::int32_t ignore = 0;                // the target of a padded row
  Accumulate<T> smoothing = 0;            // e, in [0, 1)
  T* logits = nullptr;                    // in: [rows, vocabulary]; out: the gradient, if wanted
  bool write_gradient = false;            // overwrite logits by the gradient of the mean loss
  Accumulate<T>* loss_mean = nullptr;     // out: [1], loss_sum / count, 0 if count is 0
  Accumulate<T>* loss_sum = nullptr;      // out: [1], summed in double, in an order fixed by rows
  Accumulate<T>* count = nullptr;         // out: [1], counted rows, exact below 2^24
  Accumulate<T>* row_loss = nullptr;      // workspace: [rows]
};

// x *= *factor: what the gradient above becomes under an upstream gradient.
template <class T>
struct ScaleByScalar {
  std::int64_t size = 0;
  const Accumulate<T>* factor = nullptr;  // in: [1]
  T* x = nullptr;                         // in/out: [size]
};

namespace cpu {
template <class T>
void softmax_cross_entropy(Context&, const SoftmaxCrossEntropy<T>&);
template <class T>
void scale_by_scalar(Context&, const ScaleByScalar<T>&);
}  // namespace cpu

namespace cuda {
template <class T>
void softmax_cross_entropy(Context&, const SoftmaxCrossEntropy<T>&);
template <class T>
void scale_by_scalar(Context&, const ScaleByScalar<T>&);
}  // namespace cuda

}  // namespace favras::kernels
