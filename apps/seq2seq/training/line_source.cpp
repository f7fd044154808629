#include "apps/seq2seq/training/line_source.h"

#include <stdexcept>

#include <fmt/format.h>

#include "apps/seq2seq/command_line/usage_error.h"
#include "apps/seq2seq/data/utf8.h"

namespace favras::seq2seq {

namespace {

void make_unknown(double share, const NoiseKey& key, std::u32string& line) {
  NoiseStream random(key, RandomPurpose::kUnknownCharacters);
  for (char32_t& character : line)
    if (random.happens(share) && character != U' ') character = kReplacementCharacter;
}

// The mix itself.
const NoiseMix& required(const NoiseMix& mix, const Dataset& dataset) {
  require_noise(mix, dataset);
  return mix;
}

}  // namespace

void require_noise(const NoiseMix& mix, const Dataset& dataset) {
  if (dataset.has_pairs())
    throw UsageError(
        fmt::format("--noise is for clean lines; {} holds pairs, which have their own", dataset.directory));
  if (mix.human > 0.0 && dataset.misspellings.empty())
    throw std::runtime_error(fmt::format(
        "--noise human needs misspellings, and {} has none: prepare again with --misspellings FILE "
        "(scripts/fetch_corpus.sh --misspellings fetches some)",
        dataset.directory));
}

LineSource::LineSource(const Dataset& dataset, const NoiseMix& mix)
    : dataset_(&dataset),
      noise_(dataset.has_pairs() ? NoiseMix{} : required(mix, dataset), dataset.vocabulary,
             dataset.maximum_length, dataset.misspellings) {}

std::u32string LineSource::noisy(const Line& line, std::uint64_t epoch) const {
  std::u32string text = decode_utf8(line.target);
  noise_.add(text, key(line, epoch));
  return text;
}

std::string LineSource::source_text(const Line& line, std::uint64_t epoch) const {
  return dataset_->has_pairs() ? line.source : encode_utf8(noisy(line, epoch));
}

Ids LineSource::source(const Line& line, std::uint64_t epoch) const {
  return dataset_->has_pairs() ? dataset_->vocabulary.encode(line.source)
                               : dataset_->vocabulary.encode(noisy(line, epoch));
}

HostBatch LineSource::batch(std::span<const Line* const> lines, std::int64_t rows, std::uint64_t epoch,
                            std::int64_t time_step, double unknown_share) const {
  std::vector<Ids> sources, targets;
  for (const Line* const line : lines) {
    if (unknown_share == 0.0 || dataset_->has_pairs()) {
      sources.push_back(source(*line, epoch));
      targets.push_back(target(*line));
      continue;
    }
    std::u32string text = decode_utf8(line->target);
    make_unknown(unknown_share, key(*line, epoch), text);
    targets.push_back(dataset_->vocabulary.encode(text));
    noise_.add(text, key(*line, epoch));
    sources.push_back(dataset_->vocabulary.encode(text));
  }
  return lay_out(sources, targets, rows, time_step);
}

}  // namespace favras::seq2seq
