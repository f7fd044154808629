// Where a run stands, and the checkpoint that holds it: model.safetensors, optimizer.safetensors, state.json.
#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <map>
#include <span>
#include <string>

#include "apps/seq2seq/model/batch.h"
#include "apps/seq2seq/model/model_file.h"
#include "engine/adam.h"

namespace favras::seq2seq {

struct TrainingState {
  std::uint64_t step = 0;                   // optimizer steps taken
  std::int64_t epoch = 1;                   // the current one, from 1
  std::int64_t batch = 0;                   // batches done in it; all: its end remains to be done
  std::int64_t lines_seen = 0;              // over all epochs and resumptions
  double seconds_trained = 0.0;             // over all resumptions
  double cpu_seconds = 0.0;                 // of all threads, over all resumptions
  double loss_sum = 0.0, loss_count = 0.0;  // since the last log line
  Cells cells;                              // of the epoch's batches so far
  double validation_loss = std::numeric_limits<double>::quiet_NaN();  // the last one
  std::uint64_t validation_step = 0;                                  // whose it is
  double accuracy = 0.0;                                              // share of exact lines
  std::uint64_t accuracy_step = 0;                                    // whose it is
  // Of the best epoch so far, which --best-by chose.
  double best_validation_loss = std::numeric_limits<double>::infinity(), best_accuracy = 0.0;
  std::uint64_t best_step = 0;
  std::int64_t epochs_since_best = 0;
  std::int64_t rollbacks = 0;                     // each has halved the learning rate
  std::uint64_t log_bytes = 0, events_bytes = 0;  // sizes of log.txt and events.jsonl at this point
  bool finished = false;
  std::string data_fingerprint;
  std::map<std::string, std::string> settings;  // as in config.ini
};

void write_state(const std::filesystem::path& path, const TrainingState& state);
// Throws std::runtime_error naming the file and the key.
TrainingState read_state(const std::filesystem::path& path);

// The moments, by parameter name: first_moment.NAME, second_moment.NAME. Where the model's file holds
// averages of the weights, also trained.NAME, which become the model's weights when they are loaded.
void save_optimizer(const std::filesystem::path& path, const ParameterArena& parameters,
                    std::span<const float> first_moment, std::span<const float> second_moment,
                    std::span<const float> trained = {});
void load_optimizer(const std::filesystem::path& path, Model& model, Adam& adam);

}  // namespace favras::seq2seq
