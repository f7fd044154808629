#include "apps/seq2seq/training/retention.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

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

  std::vector<CheckpointFacts> best;
  for (const CheckpointFacts& checkpoint : checkpoints)
    if (checkpoint.validation_loss) best.push_back(checkpoint);
  std::ranges::stable_sort(best, {}, [](const CheckpointFacts& c) { return *c.validation_loss; });
  for (std::size_t i = 0; i < std::min(best.size(), static_cast<std::size_t>(retention.best)); ++i)
    steps.insert(best[i].step);

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
      CheckpointFacts& known = facts.emplace_back(CheckpointFacts{state.step, state.seconds_trained, {}});
      if (state.validation_step == state.step && std::isfinite(state.validation_loss))
        known.validation_loss = state.validation_loss;
    } catch (const std::runtime_error&) {  // damaged: nothing speaks for keeping it
    }
  }
  return facts;
}

}  // namespace favras::seq2seq
