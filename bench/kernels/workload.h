// The shapes at which kernels are timed: the reference workload's (bench/training_step.cpp), every line of
// full length.
#pragma once

#include <cstdint>

namespace favras::bench {

inline constexpr std::int64_t kBatch = 128, kTime = 60, kVocabulary = 80, kEmbedding = 512, kHidden = 512;
inline constexpr std::int64_t kRows = kTime * kBatch;           // of an activation
inline constexpr std::int64_t kGates = 4 * kHidden;             // columns of an LSTM's sums
inline constexpr std::int64_t kTargets = kBatch * (kTime + 1);  // rows of the logits

// Two layers in the encoder and in the decoder, two embeddings, the output layer.
inline constexpr std::int64_t kParameters = 4 * (kGates * (kEmbedding + kHidden) + kGates) +
                                            2 * kVocabulary * kEmbedding + kVocabulary * (kHidden + 1);

}  // namespace favras::bench
