#include "apps/seq2seq/training/validation.h"

#include <algorithm>
#include <limits>

#include "apps/seq2seq/evaluation/mean_loss.h"

namespace favras::seq2seq {

Validation::Validation(const Dataset& dataset, const LineSource& lines, std::int64_t batch_size,
                       Device device)
    : dataset_(&dataset) {
  std::vector<const Line*> chosen;
  for (std::size_t i = 0; i < std::min(kLossLines, dataset.validation.size()); ++i)
    chosen.push_back(&dataset.validation[i]);
  std::stable_sort(chosen.begin(), chosen.end(),
                   [](const Line* a, const Line* b) { return a->target.size() > b->target.size(); });
  for (std::size_t first = 0; first < chosen.size(); first += batch_size) {
    const std::size_t last = std::min(chosen.size(), first + batch_size);
    loss_batches_.push_back(upload(lines.batch({chosen.begin() + first, chosen.begin() + last},
                                               static_cast<std::int64_t>(last - first), kFrozenNoise),
                                   device));
  }
  for (std::size_t i = 0; i < std::min(kAccuracyLines, dataset.validation.size()); ++i)
    sources_.push_back(lines.source_text(dataset.validation[i], kFrozenNoise));
}

double Validation::loss(const Model& model, const std::function<void()>& between) const {
  MeanLoss loss(model);
  for (const Batch& batch : loss_batches_) {
    loss.add(batch);
    between();
  }
  return loss.value();
}

std::optional<Validation::Accuracy> Validation::accuracy(const Model& model,
                                                         const std::function<bool()>& stop) const {
  constexpr std::size_t kLinesAtOnce = 1000, kExamples = 4;
  const Corrector corrector(model, dataset_->vocabulary, dataset_->maximum_length);
  std::size_t exact = 0, untouched = 0;
  std::vector<Example> mended, wrong;
  for (std::size_t first = 0; first < sources_.size(); first += kLinesAtOnce) {
    if (first > 0 && stop()) return std::nullopt;
    const auto sources = std::span(sources_).subspan(first, std::min(kLinesAtOnce, sources_.size() - first));
    const std::vector<std::string> outputs = corrector.decode(sources);
    for (std::size_t i = 0; i < sources.size(); ++i) {
      const std::string& target = dataset_->validation[first + i].target;
      const bool is_exact = outputs[i] == target, was_exact = sources[i] == target;
      exact += is_exact;
      untouched += was_exact;
      std::vector<Example>& kind = is_exact ? mended : wrong;
      if (kind.size() < kExamples && !(is_exact && was_exact))
        kind.push_back({sources[i], outputs[i], target});
    }
  }
  const auto share = [&](std::size_t count) {
    return sources_.empty() ? std::numeric_limits<double>::quiet_NaN()
                            : static_cast<double>(count) / static_cast<double>(sources_.size());
  };
  mended.insert(mended.end(), wrong.begin(), wrong.end());
  return Accuracy{share(exact), share(untouched), sources_.size(), std::move(mended)};
}

}  // namespace favras::seq2seq
