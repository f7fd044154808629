// Attention over an encoder's outputs with the dot product for a score (Luong, Pham and Manning, "Effective
// approaches to attention-based neural machine translation", EMNLP 2015):
//   weights[t, b, s] = softmax over s of <query[t, b], memory[s, b]>, s < memory_lengths[b]
//   context[t, b] = sum_s weights[t, b, s] memory[s, b]
// T target steps, B batch, S source steps, M size of a memory row. Forward keeps a number a query for
// backward, which makes the scores once more; nothing of size T * B * S is kept.
#pragma once

#include <cstdint>

#include "kernels/common/bfloat16.h"
#include "kernels/common/context.h"

namespace favras::kernels {

template <class T>
struct AttentionInput {
  std::int64_t target = 0, batch = 0, source = 0, size = 0;  // T, B, S, M; zero is allowed
  const std::int32_t* memory_lengths = nullptr;              // in: [B], each in [0, S]; 0: contexts of zeros
  const std::int32_t* query_lengths = nullptr;               // in: [B], each in [0, T], or null: T
  const T* query = nullptr;                                  // in: [T, B, M], not read past query_lengths
  const T* memory = nullptr;                                 // in: [S, B, M], not read past memory_lengths
};

// Outputs past query_lengths are as for a memory of length 0.
template <class T>
struct AttentionForward {
  AttentionInput<T> input;
  T* context = nullptr;                  // out: [T, B, M]
  Accumulate<T>* log_sum_exp = nullptr;  // out: [T, B], of the scores; minus infinity where there are none
  Accumulate<T>* weights = nullptr;      // out: [T, B, S], 0 past the memory's end, or null
};

template <class T>
struct AttentionBackward {
  AttentionInput<T> input;
  const T* context = nullptr;                  // in: [T, B, M], of forward
  const Accumulate<T>* log_sum_exp = nullptr;  // in: [T, B], of forward
  const T* d_context = nullptr;                // in: [T, B, M], not read past query_lengths
  Accumulate<T>* workspace = nullptr;          // [T, B]
  T* d_query = nullptr;                        // out: [T, B, M], 0 past query_lengths, or null
  T* d_memory = nullptr;                       // out: [S, B, M], 0 past memory_lengths, or null
};

// Outputs alias nothing. T: float, double, bfloat16, whose arithmetic is in float.
namespace cpu {
template <class T>
void attention_forward(Context&, const AttentionForward<T>&);
template <class T>
void attention_backward(Context&, const AttentionBackward<T>&);
}  // namespace cpu

namespace cuda {
template <class T>
void attention_forward(Context&, const AttentionForward<T>&);
template <class T>
void attention_backward(Context&, const AttentionBackward<T>&);
}  // namespace cuda

}  // namespace favras::kernels
