#include "apps/seq2seq/line_source.h"

#include "apps/seq2seq/data/utf8.h"

namespace favras::seq2seq {

LineSource::LineSource(const Dataset& dataset)
    : dataset_(&dataset), noise_(make_noise_model(dataset.vocabulary, dataset.maximum_length)) {}

std::string LineSource::source_text(const Line& line, std::uint64_t epoch) const {
  if (dataset_->has_pairs()) return line.source;
  return encode_utf8(add_noise(decode_utf8(line.target), noise_, dataset_->data_seed, epoch, line.hash));
}

Ids LineSource::source(const Line& line, std::uint64_t epoch) const {
  if (dataset_->has_pairs()) return dataset_->vocabulary.encode(line.source);
  return dataset_->vocabulary.encode(
      add_noise(decode_utf8(line.target), noise_, dataset_->data_seed, epoch, line.hash));
}

HostBatch LineSource::batch(const std::vector<const Line*>& lines, std::int64_t rows, std::uint64_t epoch,
                            std::int64_t time_step) const {
  std::vector<Ids> sources, targets;
  for (const Line* const line : lines) {
    sources.push_back(source(*line, epoch));
    targets.push_back(target(*line));
  }
  return lay_out(sources, targets, rows, time_step);
}

}  // namespace favras::seq2seq
