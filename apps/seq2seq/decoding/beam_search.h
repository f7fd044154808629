// Several outputs for a line followed side by side (beam.h), many lines at a time.
#pragma once

#include <span>
#include <vector>

#include "apps/seq2seq/decoding/decode.h"

namespace favras::seq2seq {

inline constexpr int kWidestBeam = 64;  // of kernels/top_k

// One batch: the best of `width` outputs for each source, with its probabilities, and if wanted the others as
// its alternatives. width from 1, where it is what greedy_decode() gives, to kWidestBeam.
std::vector<Decoded> beam_search(const Model& model, std::span<const Ids> sources, int width,
                                 bool alternatives = false);

}  // namespace favras::seq2seq
