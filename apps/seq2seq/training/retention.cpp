#include "apps/seq2seq/training/retention.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

#include "apps/seq2seq/training/training_state.h"
#include "engine/storage/checkpoint_directory.h"

namespace favras::seq2seq {

std::set<std::uint64_t> steps_to_keep(const std::vector<CheckpointFacts>& checkpoints,
                                      const Retention& retention) {
  std::set<std::uint64_t> steps;
  const auto first_of_last =
      std::max<std::ptrdiff_t>(0, std::ssize(checkpoints) - static_cast<std::ptrdiff_t>(retention.last));
  for (auto last = checkpoints.begin() + first_of_last; last != checkpoints.end(); ++last)
    steps.insert(last->step);

  std::vector<std::pair<double, std::uint64_t>> best;  // the lower the better, of which step
  for (const CheckpointFacts& checkpoint : checkpoints)
    if (retention.best_by == BestBy::kLoss && checkpoint.validation_loss)
      best.emplace_back(*checkpoint.validation_loss, checkpoint.step);
    else if (retention.best_by == BestBy::kExact && checkpoint.accuracy)
      best.emplace_back(-*checkpoint.accuracy, checkpoint.step);
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
  std::vector<CheckpointFacts> facts;
  for (const Checkpoint& checkpoint : list_checkpoints(directory)) {
    try {
      const TrainingState state = read_state(checkpoint.path / "state.json");
      CheckpointFacts& known = facts.emplace_back(CheckpointFacts{state.step, state.seconds_trained, {}, {}});
      if (state.validation_step == state.step && std::isfinite(state.validation_loss))
        known.validation_loss = state.validation_loss;
      if (state.accuracy_step == state.step) known.accuracy = state.accuracy;
    } catch (const std::runtime_error&) {  // damaged: nothing speaks for keeping it
    }
  }
  return facts;
}

}  // namespace favras::seq2seq
