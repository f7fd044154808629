#include "apps/seq2seq/training/snapshot.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/storage/checkpoint_directory.h"
#include "engine/storage/durable.h"

namespace favras::seq2seq {
namespace {

constexpr std::uint64_t kSmallFiles = 1 << 20;  // bytes: headers, state, manifest, what logs grow by

}  // namespace

std::uint64_t Snapshot::bytes() const {
  std::size_t count =
      2 * weights->values.size() + trained.size() + first_moment.size() + second_moment.size();
  if (best) count += best->values.size();
  return count * sizeof(float) + kSmallFiles;
}

std::optional<Snapshot> take_snapshot(const TrainingState& state, const ModelDescription& description,
                                      const Model& model, Adam& adam, const WeightAverage& average,
                                      bool is_best) {
  std::vector<float> trained = model.parameters().values().to_host<float>();
  if (!std::ranges::all_of(trained, [](float value) { return std::isfinite(value); })) return std::nullopt;
  Weights weights{description, {}};
  if (average.exists())
    weights.values = average.values().to_host<float>();
  else
    std::swap(weights.values, trained);
  Snapshot snapshot{.state = state,
                    .weights = std::make_shared<const Weights>(std::move(weights)),
                    .trained = std::move(trained),
                    .first_moment = adam.first_moment().to_host<float>(),
                    .second_moment = adam.second_moment().to_host<float>(),
                    .best = nullptr};
  if (is_best) snapshot.best = snapshot.weights;
  return snapshot;
}

void write_snapshot(const RunDirectory& run, const Snapshot& snapshot, const ParameterArena& parameters,
                    const Retention& retention) {
  require_free_space(run.root, snapshot.bytes());
  const auto save = [&](const std::filesystem::path& path, const Weights& weights) {
    save_model(path, parameters, weights.values, weights.description);
  };
  if (snapshot.best) save(run.best_model(), *snapshot.best);
  CheckpointWriter writer(run.checkpoints(), snapshot.state.step);
  save(writer.file("model.safetensors"), *snapshot.weights);
  save_optimizer(writer.file("optimizer.safetensors"), parameters, snapshot.first_moment,
                 snapshot.second_moment, snapshot.trained);
  write_state(writer.file("state.json"), snapshot.state);
  writer.commit();
  save(run.newest_model(), *snapshot.weights);
  const std::vector<std::string> problems = prune_checkpoints(
      run.checkpoints(), steps_to_keep(read_checkpoint_facts(run.checkpoints()), retention));
  if (!problems.empty())
    throw std::runtime_error(fmt::format("the new checkpoint is not whole, and the old ones are kept: {}",
                                         fmt::join(problems, "; ")));
}

}  // namespace favras::seq2seq
