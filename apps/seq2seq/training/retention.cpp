#include "apps/seq2seq/training/retention.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>

#include "apps/seq2seq/training/training_state.h"
#include "engine/storage/checkpoint_directory.h"

namespace favras::seq2seq {

namespace {

constexpr double kUnknown = std::numeric_limits<double>::infinity();

// Whether their measures are of the same validation lines, with the same mistakes.
bool measured_alike(const TrainingState& a, const TrainingState& b) {
  const auto noise = [](const TrainingState& state) {
    const auto found = state.settings.find("noise");
    return found == state.settings.end() ? "" : found->second;
  };
  return a.data_fingerprint == b.data_fingerprint && noise(a) == noise(b);
}

}  // namespace

std::set<std::uint64_t> steps_to_keep(const std::vector<CheckpointFacts>& checkpoints,
                                      const Retention& retention) {
  std::set<std::uint64_t> steps;
  const auto first_of_last =
      std::max<std::ptrdiff_t>(0, std::ssize(checkpoints) - static_cast<std::ptrdiff_t>(retention.last));
  for (auto last = checkpoints.begin() + first_of_last; last != checkpoints.end(); ++last)
    steps.insert(last->step);

  std::vector<std::pair<std::pair<double, double>, std::uint64_t>> best;  // how bad, of which step
  for (const CheckpointFacts& checkpoint : checkpoints)
    if (retention.best_by == BestBy::kExact ? checkpoint.accuracy : checkpoint.validation_loss)
      best.emplace_back(badness(retention.best_by, checkpoint.validation_loss.value_or(kUnknown),
                                checkpoint.accuracy.value_or(0.0)),
                        checkpoint.step);
  std::ranges::sort(best);
  for (std::size_t i = 0; i < std::min(best.size(), static_cast<std::size_t>(retention.best)); ++i)
    steps.insert(best[i].second);

  if (retention.every.never()) return steps;
  std::uint64_t previous = 0;  // what lies before the first period's end is not worth keeping
  for (const CheckpointFacts& checkpoint : checkpoints) {
    const std::uint64_t index = retention.every.index(checkpoint.step, checkpoint.seconds_trained);
    if (index > previous) steps.insert(checkpoint.step);
    previous = std::max(previous, index);
  }
  return steps;
}

std::vector<CheckpointFacts> read_checkpoint_facts(const std::filesystem::path& directory) {
  std::vector<TrainingState> states;
  for (const Checkpoint& checkpoint : list_checkpoints(directory)) {
    try {
      states.push_back(read_state(checkpoint.path / "state.json"));
    } catch (const std::runtime_error&) {  // damaged: nothing speaks for keeping it
    }
  }
  std::vector<CheckpointFacts> facts;
  for (const TrainingState& state : states) {
    CheckpointFacts& known = facts.emplace_back(CheckpointFacts{state.step, state.seconds_trained, {}, {}});
    if (!measured_alike(state, states.back())) continue;
    if (state.validation_step == state.step && std::isfinite(state.validation_loss))
      known.validation_loss = state.validation_loss;
    if (state.accuracy_step == state.step) known.accuracy = state.accuracy;
  }
  return facts;
}

}  // namespace favras::seq2seq
