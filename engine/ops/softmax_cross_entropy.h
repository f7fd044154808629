// The mean cross-entropy of a softmax over classes, padding left out.
#pragma once

#include "engine/variable.h"

namespace favras {

struct Loss {
  Variable mean;  // [1]; 0 if no row counts
  Tensor sum;     // [1], over the rows that count
  Tensor count;   // [1]
};

// logits [..., V]; targets int32 with logits' shape less its last axis; rows whose target is `ignore` do
// not count. label_smoothing: how much of a target's probability is spread over all classes, in [0, 1). When
// recorded, the logits' memory is reused for their gradient: read them before.
Loss softmax_cross_entropy(const Variable& logits, const Tensor& targets, std::int32_t ignore,
                           float label_smoothing = 0.0f);

}  // namespace favras
