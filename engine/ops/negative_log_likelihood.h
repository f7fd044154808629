// How improbable one class a row is, without a gradient: for what has been written, rather than what should
// be.
#pragma once

#include "engine/tensor.h"

namespace favras {

// logits [..., V], classes int32 [...], each in [0, V) -> -log softmax(logits)[class], [...]; float where the
// logits are bfloat16.
Tensor negative_log_likelihood(const Tensor& logits, const Tensor& classes);

}  // namespace favras
