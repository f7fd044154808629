// A moment of a training, copied off the device: everything that a checkpoint holds, so that it can be
// written while training goes on. A checkpoint is model.safetensors, optimizer.safetensors, state.json.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "apps/seq2seq/model/model_file.h"
#include "apps/seq2seq/training/retention.h"
#include "apps/seq2seq/training/run_directory.h"
#include "apps/seq2seq/training/training_state.h"
#include "engine/adam.h"
#include "engine/weight_average.h"

namespace favras::seq2seq {

// Weights in the order of the model's arena, with what is needed beside them.
struct Weights {
  ModelDescription description;
  std::vector<float> values;
};

struct Snapshot {
  TrainingState state;
  std::shared_ptr<const Weights> weights;          // to be used: their average, if there is one
  std::vector<float> trained;                      // what the average is of; else empty
  std::vector<float> first_moment, second_moment;  // as the weights
  std::shared_ptr<const Weights> best;             // new ones for best.safetensors, or none
  double stall_seconds = 0.0;                      // that training stood still for it

  std::uint64_t bytes() const;  // on the disk, nearly
};

// Nothing if a weight is no finite number: such a state is not worth keeping.
std::optional<Snapshot> take_snapshot(const TrainingState& state, const ModelDescription& description,
                                      const Model& model, Adam& adam, const WeightAverage& average,
                                      bool is_best);

// Writes best.safetensors, if it is new, the checkpoint and model.safetensors, and removes the checkpoints
// that need not stay. Of the model it reads names and shapes alone. Throws std::runtime_error; no older
// checkpoint is touched then.
void write_snapshot(const RunDirectory& run, const Snapshot& snapshot, const ParameterArena& parameters,
                    const Retention& retention);

}  // namespace favras::seq2seq
