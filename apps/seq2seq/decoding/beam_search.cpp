#include "apps/seq2seq/decoding/beam_search.h"

#include <algorithm>
#include <iterator>

#include "apps/seq2seq/data/vocabulary.h"
#include "apps/seq2seq/decoding/beam.h"
#include "apps/seq2seq/decoding/decoder_rows.h"
#include "engine/ops/argmax.h"
#include "engine/ops/negative_log_likelihood.h"
#include "engine/ops/top_k.h"

namespace favras::seq2seq {

namespace {

// The k most probable characters of every row.
class Continuations {
 public:
  Continuations(const Tensor& logits, std::int64_t k) : k_(static_cast<std::size_t>(k)) {
    const TopK best = top_k(logits, k);
    losses_ = negative_log_likelihood(logits, argmax(logits)).to_host<float>();
    values_ = best.values.to_host<float>();
    ids_ = best.indices.to_host<std::int32_t>();
  }

  void add(std::size_t row, std::size_t parent, std::vector<Beam::Continuation>& to) const {
    for (std::size_t i = row * k_; i < (row + 1) * k_; ++i)
      to.push_back({parent, ids_[i], values_[i] - values_[row * k_] - losses_[row]});
  }

 private:
  std::size_t k_;
  std::vector<float> losses_;  // of the first of every row
  std::vector<float> values_;
  Ids ids_;
};

}  // namespace

std::vector<Decoded> beam_search(const Model& model, std::span<const Ids> sources, int width,
                                 bool alternatives) {
  std::vector<Decoded> outputs(sources.size());
  if (sources.empty()) return outputs;
  std::vector<Beam> beams;
  for (const Ids& source : sources)
    beams.emplace_back(static_cast<std::size_t>(width),
                       decode_limit(static_cast<std::int64_t>(source.size())));
  const std::int64_t k = std::min<std::int64_t>(width, model.configuration().vocabulary);
  DecoderRows rows(model, sources);
  Ids last(sources.size(), kGo);
  while (!last.empty()) {
    const Continuations continuations(rows.step(last), k);
    Ids parents;
    last.clear();
    std::size_t first = 0;  // row of the line
    for (Beam& beam : beams) {
      const std::size_t count = beam.size();
      std::vector<Beam::Continuation> next;
      for (std::size_t i = 0; i < count; ++i) continuations.add(first + i, i, next);
      for (const std::size_t parent : beam.advance(next))
        parents.push_back(static_cast<std::int32_t>(first + parent));
      for (std::size_t i = 0; i < beam.size(); ++i) last.push_back(beam.last(i));
      first += count;
    }
    if (!parents.empty()) rows.select(parents);
  }
  for (std::size_t line = 0; line < outputs.size(); ++line) {
    std::vector<Decoded> all = beams[line].take_all();
    outputs[line] = std::move(all.front());
    if (alternatives)
      outputs[line].alternatives.assign(std::make_move_iterator(all.begin() + 1),
                                        std::make_move_iterator(all.end()));
  }
  return outputs;
}

}  // namespace favras::seq2seq
