#include "apps/seq2seq/decode.h"

#include <algorithm>

#include "apps/seq2seq/data/vocabulary.h"
#include "engine/dispatch.h"
#include "kernels/argmax/argmax.h"

namespace favras::seq2seq {
namespace {

// logits [1, B, V] -> [B]
std::vector<std::int32_t> most_probable(const Tensor& logits) {
  const Tensor best({logits.size(1)}, DType::kInt32, logits.device());
  dispatch(logits.device(), logits.dtype(), [&](auto& context, auto zero) {
    using T = decltype(zero);
    argmax(context, kernels::Argmax<T>{.rows = logits.size(1),
                                       .columns = logits.size(2),
                                       .x = logits.data<T>(),
                                       .index = best.data<std::int32_t>()});
  });
  return best.to_host<std::int32_t>();
}

}  // namespace

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
    previous = most_probable(logits);
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
