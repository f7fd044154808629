// What a model writes for a line: character after character, until the end of the line.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "apps/seq2seq/model/batch.h"
#include "apps/seq2seq/model/model.h"

namespace favras::seq2seq {

struct Decoded {
  Ids ids;  // characters alone
  // The logarithms of the probabilities of each character, and of the end of the line behind them, given all
  // that was written before. A line cut at decode_limit() has no end. Empty if they were not asked for.
  std::vector<float> log_probabilities;
  std::vector<Decoded> alternatives{};  // the other outputs of a beam, the best first, if they were asked for
};

// The longest output for an input of `length` characters; it depends on the input alone.
inline std::int64_t decode_limit(std::int64_t length) { return (3 * length + 1) / 2 + 10; }

// PAD and GO, which no line holds, end a line as EOS does.
bool ends_line(std::int32_t id);

// One batch: the most probable character, then the most probable one after it. At most decode_limit().
std::vector<Decoded> greedy_decode(const Model& model, std::span<const Ids> sources,
                                   bool probabilities = false);

struct DecodeOptions {
  int beam = 1;                // 1: greedy; more: beam_search.h
  bool probabilities = false;  // wanted; beam search has them anyway
  bool alternatives = false;   // wanted; greedy decoding has none
};

// Calls `batch` with places of sources of similar length, as many as go together with so many outputs each,
// until all have been there.
void for_batches(std::span<const Ids> sources, std::size_t outputs,
                 const std::function<void(std::span<const std::size_t> places)>& batch);

// Any number of lines; those of similar length are decoded together. Outputs in the order of the sources.
std::vector<Decoded> decode(const Model& model, std::span<const Ids> sources,
                            const DecodeOptions& options = {});

}  // namespace favras::seq2seq
