#include "apps/seq2seq/decode.h"

#include <algorithm>

#include "apps/seq2seq/data/vocabulary.h"
#include "engine/ops/argmax.h"

namespace favras::seq2seq {
std::vector<Ids> greedy_decode(const Model& model, std::span<const Ids> sources) {
  const NoGradient no_gradient;
  const Device device = model.device();
  const auto rows = static_cast<std::int64_t>(sources.size());
  std::vector<Ids> outputs(sources.size());
  if (rows == 0) return outputs;

  const PaddedIds source = pad(sources, rows, device);
  LstmStates states = model.encode(source.ids, source.lengths, 1.0f, DeviceStepState(device));
  const Tensor projected = model.project_decoder();
  std::vector<std::int32_t> previous(sources.size(), kGo), alive(sources.size(), 1);
  while (std::find(alive.begin(), alive.end(), 1) != alive.end()) {
    const Tensor logits = model.decode_step(Tensor::from(previous, {1, rows}, device),
                                            Tensor::from(alive, {rows}, device), projected, states);
    previous = argmax(logits).to_host<std::int32_t>();
    for (std::size_t row = 0; row < outputs.size(); ++row) {
      if (!alive[row]) continue;
      const std::int32_t id = previous[row];
      const bool ended = id == kEos || id == kPad || id == kGo;
      if (!ended) outputs[row].push_back(id);
      const bool full = static_cast<std::int64_t>(outputs[row].size()) >=
                        decode_limit(static_cast<std::int64_t>(sources[row].size()));
      if (ended || full) alive[row] = 0;
    }
  }
  return outputs;
}

}  // namespace favras::seq2seq
