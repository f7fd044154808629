// Attention over an encoder's outputs; the mathematics is that of kernels/attention/attention.h. For the
// score that Luong, Pham and Manning call "general", query W memory, the query goes through linear() first.
#pragma once

#include "engine/variable.h"

namespace favras {

// query [T, B, M], memory [S, B, M], of one type -> contexts [T, B, M]. memory_lengths int32 [B], each in
// [0, S], where 0 makes contexts of zeros; query_lengths int32 [B], each in [0, T], or none for T: past them
// the context is zero and there is no gradient. Throws std::invalid_argument naming what does not fit.
Variable attention(const Variable& query, const Variable& memory, const Tensor& memory_lengths,
                   const Tensor& query_lengths = {});

// What every step attended to, which is not differentiated: to be looked at.
struct Alignment {
  Tensor context;  // [T, B, M]
  Tensor weights;  // [T, B, S], float where the query is bfloat16; 0 past the lengths
};
Alignment alignment(const Tensor& query, const Tensor& memory, const Tensor& memory_lengths,
                    const Tensor& query_lengths = {});

}  // namespace favras
