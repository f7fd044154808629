// Greedy decoding: the most probable character, then the most probable one after it, until end-of-line.
#pragma once

#include <span>
#include <vector>

#include "apps/seq2seq/batch.h"
#include "apps/seq2seq/model.h"

namespace favras::seq2seq {

// The longest output for an input of `length` characters; it depends on the input alone.
inline std::int64_t decode_limit(std::int64_t length) { return (3 * length + 1) / 2 + 10; }

// One batch: outputs[i] for sources[i], at most decode_limit() characters. PAD and GO, which no line holds,
// end a line as EOS does.
std::vector<Ids> greedy_decode(const Model& model, std::span<const Ids> sources);

}  // namespace favras::seq2seq
