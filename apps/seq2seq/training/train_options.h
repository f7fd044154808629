// The settings of a training run: one table says each setting's name, meaning and text form, and whether a
// resumed run may change it. The command line, RUN/config.ini and the check on resuming all use it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "apps/seq2seq/data/noise/noise.h"
#include "apps/seq2seq/model/model.h"
#include "apps/seq2seq/training/period.h"
#include "apps/seq2seq/training/retention.h"
#include "engine/adam.h"

namespace favras::seq2seq {

struct TrainOptions {
  std::string data, run;            // directories
  std::string preset = "original";  // of presets.h
  std::int64_t batch_size = 128;
  std::int64_t accumulate = 1;            // parts that a batch is computed in, one after another
  std::string architecture = "original";  // or attention
  std::int64_t rnn_size = 512, num_layers = 2, encoding_embedding_size = 512, decoding_embedding_size = 512;
  double keep_probability = 0.7;
  double learning_rate = 0.001;
  std::string schedule = "constant";  // or cosine, linear
  std::int64_t warmup_steps = 0;
  double clip = 5.0, clip_norm = 0.0;
  double label_smoothing = 0.0;
  double average_weights = 0.0;  // decay of their mean, which is what is kept; 0: none
  std::int64_t epochs = 4;
  std::int64_t log_every = 100;  // batches
  std::uint64_t seed = 1;
  std::uint64_t shuffle_seed = 1;
  std::string noise = "uniform=1";          // canonical form (noise_text.h); "" for data of pairs
  std::string noise_refresh = "epoch";      // or frozen
  double unknown_share = 0.0;               // of a line's characters, made unknown on both sides
  Period checkpoint_every{.seconds = 600};  // besides the end of each epoch
  std::int64_t keep_last = 2, keep_best = 1;
  Period keep_every;
  std::string best_by = "loss";        // or exact: what the best weights are
  std::int64_t patience = 0;           // epochs without a new best before it stops; 0: no end
  std::string on_divergence = "stop";  // or rollback
  std::string spot_notice = "off";     // as spot_source() takes it
  std::string device = "auto", precision = "fp32", lstm = "favras";
  std::int64_t threads = 0;       // 0: all cores
  std::int64_t memory_limit = 0;  // bytes; 0: none
  bool quiet = false;             // on standard output; of a process, not of a run
};

// The original's values for the task: "sort" has the small network, any other the big one; pairs, and so
// "sort", have no noise.
TrainOptions default_options(const std::string& task);

ModelConfiguration model_configuration(const TrainOptions& options, std::int64_t vocabulary);
AdamOptions adam_options(const TrainOptions& options);
NoiseMix noise_mix(const TrainOptions& options);
Retention retention(const TrainOptions& options);

enum class OnResume { kMayChange, kIfAllowed, kNever };  // kIfAllowed: with --allow-change

struct Setting {
  const char* name;  // of the option, without dashes
  const char* help;
  OnResume on_resume;
  std::string (*get)(const TrainOptions&);
  void (*set)(TrainOptions&, const std::string& text);  // throws UsageError if the text will not do
};
const std::vector<Setting>& settings();

using Values = std::map<std::string, std::string>;  // texts, by the names of settings

// Sets by name; an unknown name is an error.
void apply(TrainOptions& options, const Values& values);
// What holds: the task's defaults, under the preset, under what the run was started with, under what was
// given now.
TrainOptions resolve(const std::string& task, const Values& recorded, const Values& given);

// RUN/config.ini: "name = value" lines, as --config takes them. Reading throws UsageError with file and line
// for a setting that there is not, or a value that will not do.
void write_config(const std::filesystem::path& path, const TrainOptions& options);
Values read_config(const std::filesystem::path& path);

}  // namespace favras::seq2seq
