#include "apps/seq2seq/training/train_options.h"

#include <charconv>
#include <limits>
#include <optional>

#include <fmt/format.h>

#include "apps/seq2seq/command_line/config_file.h"
#include "apps/seq2seq/command_line/usage_error.h"
#include "apps/seq2seq/training/noise_text.h"
#include "apps/seq2seq/training/presets.h"
#include "engine/storage/durable.h"

namespace favras::seq2seq {
namespace {

[[noreturn]] void refuse(const std::string& text, const std::string& expected) {
  throw UsageError(fmt::format("'{}' will not do: expected {}", text, expected));
}

// Nothing if the text is no number from low to high.
template <class T>
std::optional<T> parse(const std::string& text, T low, T high) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !(value >= low && value <= high))
    return std::nullopt;
  return value;
}

template <class T>
T number(const std::string& text, T low, T high, const char* kind) {
  const std::optional<T> value = parse(text, low, high);
  if (!value) refuse(text, fmt::format("{} from {} to {}", kind, low, high));
  return *value;
}

// Bytes with an optional K, M, G or T for powers of 1,024.
std::int64_t bytes(const std::string& text) {
  const std::string units = "KMGT";
  std::string digits = text;
  int shift = 0;
  if (!text.empty())
    if (const auto unit = units.find(text.back()); unit != std::string::npos) {
      shift = 10 * (static_cast<int>(unit) + 1);
      digits.pop_back();
    }
  const auto value = parse<std::int64_t>(digits, 0, std::numeric_limits<std::int64_t>::max() >> shift);
  if (!value) refuse(text, "a number of bytes, such as 4G or 512M, below 8388608T");
  return *value << shift;
}

// A setting that is one member, read by Parse.
template <auto Member, auto Parse>
Setting setting(const char* name, const char* help, OnResume on_resume) {
  return {name, help, on_resume, [](const TrainOptions& o) { return fmt::format("{}", o.*Member); },
          [](TrainOptions& o, const std::string& text) { o.*Member = Parse(text); }};
}

// A name that config.ini holds in one line.
std::string name(const std::string& text) {
  if (text.find_first_of("\r\n") != std::string::npos) refuse(text, "a name without line breaks");
  return text;
}
std::int64_t count(const std::string& text) {
  return number<std::int64_t>(text, 1, 1 << 30, "a whole number");
}
std::int64_t count_or_zero(const std::string& text) {
  return number<std::int64_t>(text, 0, 1 << 30, "a whole number");
}
std::int64_t threads(const std::string& text) {
  return number<std::int64_t>(text, 0, 1024, "a whole number");
}
std::uint64_t seed(const std::string& text) {
  return number<std::uint64_t>(text, 0, std::numeric_limits<std::uint64_t>::max(), "a whole number");
}
double keep(const std::string& text) {
  const std::optional<double> value = parse(text, 0.0, 1.0);
  if (!value || *value == 0.0) refuse(text, "a probability above 0, at most 1");
  return *value;
}
double share(const std::string& text) {
  const std::optional<double> value = parse(text, 0.0, 1.0);
  if (!value || *value == 1.0) refuse(text, "a share from 0, below 1");
  return *value;
}
double rate(const std::string& text) { return number<double>(text, 0.0, 1e6, "a number"); }

template <std::size_t Count>
std::string one_of(const std::string& text, const char* const (&allowed)[Count]) {
  std::string list;
  for (const char* const word : allowed) {
    if (text == word) return text;
    list += (list.empty() ? "" : ", ") + std::string(word);
  }
  refuse(text, "one of " + list);
}
Period period(const std::string& text) {
  const auto value = parse_period(text);
  if (!value)
    refuse(text, fmt::format("a number of batches, or a time such as 30s, 10m or 6h, of at most {0} or {0}s",
                             kLongestPeriod));
  return *value;
}
std::string architecture(const std::string& text) { return one_of(text, {"original", "attention"}); }
std::string preset_name(const std::string& text) {
  preset(text);
  return text;
}
std::string schedule(const std::string& text) { return one_of(text, {"constant", "cosine", "linear"}); }
std::string noise(const std::string& text) { return to_string(parse_noise(text)); }
std::string best_by(const std::string& text) { return one_of(text, {"loss", "exact"}); }
std::string noise_refresh(const std::string& text) { return one_of(text, {"epoch", "frozen"}); }
std::string precision(const std::string& text) { return one_of(text, {"fp32", "tf32", "bf16"}); }
std::string on_divergence(const std::string& text) { return one_of(text, {"stop", "rollback"}); }
std::string device(const std::string& text) {
  if (text.empty()) refuse(text, "auto, cpu, cuda or cuda:N");
  return name(text);
}
std::string lstm(const std::string& text) { return one_of(text, {"favras", "cudnn"}); }

}  // namespace

TrainOptions default_options(const std::string& task) {
  TrainOptions options;
  if (task == "pairs" || task == "sort") options.noise.clear();
  if (task != "sort") return options;
  options.rnn_size = 50;
  options.encoding_embedding_size = options.decoding_embedding_size = 15;
  options.epochs = 60;
  options.log_every = 20;
  return options;
}

ModelConfiguration model_configuration(const TrainOptions& o, std::int64_t vocabulary) {
  if (o.architecture == "attention" && o.rnn_size % 2 != 0)
    throw UsageError(fmt::format("--rnn-size {}: attention needs an even one", o.rnn_size));
  return {.architecture = parse_architecture(o.architecture),
          .vocabulary = vocabulary,
          .rnn_size = o.rnn_size,
          .num_layers = o.num_layers,
          .encoding_embedding_size = o.encoding_embedding_size,
          .decoding_embedding_size = o.decoding_embedding_size};
}

AdamOptions adam_options(const TrainOptions& o) { return {.element_clip = o.clip, .norm_clip = o.clip_norm}; }

NoiseMix noise_mix(const TrainOptions& o) { return o.noise.empty() ? NoiseMix{} : parse_noise(o.noise); }

Retention retention(const TrainOptions& o) {
  return {o.keep_last, o.keep_best, o.keep_every, o.best_by == "exact" ? BestBy::kExact : BestBy::kLoss};
}

const std::vector<Setting>& settings() {
  using O = TrainOptions;
  using enum OnResume;
  static const std::vector<Setting> table = {
      setting<&O::data, name>("data", "directory made by prepare", kMayChange),
      setting<&O::run, name>("run", "directory of this run; the same one again resumes it", kMayChange),
      setting<&O::preset, preset_name>(
          "preset",
          "settings that go together: original, or with attention tiny, small or "
          "base; others given besides win (original)",
          kNever),
      setting<&O::epochs, count>("epochs", "passes over the training lines (4; sorting: 60)", kMayChange),
      setting<&O::batch_size, count>("batch-size", "lines in a batch (128)", kIfAllowed),
      setting<&O::accumulate, count>(
          "accumulate",
          "parts that a batch is computed in, one after another: their gradients are added up, and memory is "
          "needed for one of them (1)",
          kIfAllowed),
      setting<&O::architecture, architecture>(
          "architecture", "original, or attention with an encoder that reads both ways (original)", kNever),
      setting<&O::rnn_size, count>("rnn-size", "LSTM hidden size (512; sorting: 50)", kNever),
      setting<&O::num_layers, count>("num-layers", "LSTM layers on each side (2)", kNever),
      setting<&O::encoding_embedding_size, count>("encoding-embedding-size", "(512; sorting: 15)", kNever),
      setting<&O::decoding_embedding_size, count>("decoding-embedding-size", "(512; sorting: 15)", kNever),
      setting<&O::keep_probability, keep>("keep-probability", "of dropout on each layer's output (0.7)",
                                          kIfAllowed),
      setting<&O::learning_rate, rate>("learning-rate", "of Adam (0.001)", kIfAllowed),
      setting<&O::schedule, schedule>(
          "schedule", "of the learning rate: constant, or cosine or linear to zero (constant)", kIfAllowed),
      setting<&O::warmup_steps, count_or_zero>("warmup-steps", "of linear growth to the learning rate (0)",
                                               kIfAllowed),
      setting<&O::clip, rate>("clip", "bound of every gradient element, 0 for none (5)", kIfAllowed),
      setting<&O::clip_norm, rate>("clip-norm", "bound of the gradient's norm, 0 for none (0)", kIfAllowed),
      setting<&O::label_smoothing, share>(
          "label-smoothing", "share of a character's probability that is spread over all (0)", kIfAllowed),
      setting<&O::average_weights, share>("average-weights",
                                          "decay of a mean of the weights over the steps, such as 0.999: "
                                          "what is validated and kept; 0: the weights themselves (0)",
                                          kIfAllowed),
      setting<&O::noise, noise>(
          "noise",
          "mistakes made in clean lines: MODEL=WEIGHT,... of human, keyboard, uniform; or none (uniform=1)",
          kIfAllowed),
      setting<&O::noise_refresh, noise_refresh>(
          "noise-refresh", "new typing mistakes each epoch, or frozen (epoch)", kIfAllowed),
      setting<&O::unknown_share, share>("unknown-share",
                                        "of the characters of training lines, made unknown on both sides, so "
                                        "that a model with attention learns to copy those (0)",
                                        kIfAllowed),
      setting<&O::seed, seed>("seed", "of initial weights and dropout (1)", kIfAllowed),
      setting<&O::shuffle_seed, seed>("shuffle-seed", "of the order of the lines (1)", kIfAllowed),
      setting<&O::log_every, count>("log-every", "batches between log lines (100; sorting: 20)", kMayChange),
      setting<&O::checkpoint_every, period>(
          "checkpoint-every",
          "a checkpoint each so many batches, or 30s, 10m, 6h, besides each epoch's end; 0: none (10m)",
          kMayChange),
      setting<&O::keep_last, count>("keep-last", "newest checkpoints to keep (2)", kMayChange),
      setting<&O::keep_best, count_or_zero>("keep-best", "checkpoints to keep of the best validation (1)",
                                            kMayChange),
      setting<&O::keep_every, period>("keep-every",
                                      "of the checkpoints that --checkpoint-every makes, keep one of each so "
                                      "many batches, or of each 6h, 2h, ...; 0: none (0)",
                                      kMayChange),
      setting<&O::best_by, best_by>(
          "best-by",
          "what makes weights the best: loss (lowest), or exact (most exact validation lines) (loss)",
          kMayChange),
      setting<&O::patience, count_or_zero>(
          "patience", "stop after so many epochs without a new best validation; 0: never (0)", kMayChange),
      setting<&O::on_divergence, on_divergence>(
          "on-divergence",
          "stop, or rollback to the newest checkpoint with half the learning rate, 8 times at most (stop)",
          kMayChange),
      setting<&O::spot_notice, name>(
          "spot-notice", "stop in time when the cloud takes this machine away: aws, gcp, a URL or off (off)",
          kMayChange),
      setting<&O::device, device>("device", "auto, cpu or cuda (auto: cuda if there is one)", kMayChange),
      setting<&O::precision, precision>("precision", "of products: fp32, tf32 or bf16 (fp32)", kIfAllowed),
      setting<&O::lstm, lstm>("lstm", "whose kernels: favras, or cudnn on CUDA for comparison (favras)",
                              kIfAllowed),
      setting<&O::threads, threads>("threads", "of the CPU, 0 for all cores (0)", kMayChange),
      setting<&O::memory_limit, bytes>("memory-limit", "budget of device memory, such as 4G (0: none)",
                                       kMayChange),
  };
  return table;
}

void apply(TrainOptions& options, const Values& values) {
  Values left = values;
  for (const Setting& setting : settings()) {
    const auto value = left.find(setting.name);
    if (value == left.end()) continue;
    try {
      setting.set(options, value->second);
    } catch (const UsageError& error) {
      throw UsageError(fmt::format("--{} {}", setting.name, error.what()));
    }
    left.erase(value);
  }
  if (!left.empty()) throw UsageError("unknown setting " + left.begin()->first);
}

TrainOptions resolve(const std::string& task, const Values& recorded, const Values& given) {
  TrainOptions options = default_options(task);
  for (const Values* const values : {&given, &recorded})
    if (const auto name = values->find("preset"); name != values->end()) {
      apply(options, preset(name->second));
      break;
    }
  apply(options, recorded);
  apply(options, given);
  return options;
}

void write_config(const std::filesystem::path& path, const TrainOptions& options) {
  std::string text;
  for (const Setting& setting : settings())
    if (const std::string value = setting.get(options); !value.empty())
      text += config_line(setting.name, value);
  durable_write(path, [&](File& file) { file.write(text); });
}

Values read_config(const std::filesystem::path& path) {
  Values values;
  for (const ConfigEntry& entry : read_config_file(path)) {
    try {
      TrainOptions will_do;
      apply(will_do, {{entry.name, entry.value}});
    } catch (const UsageError& error) {
      throw UsageError(fmt::format("{} line {}: {}", path.string(), entry.line, error.what()));
    }
    values[entry.name] = entry.value;
  }
  return values;
}

}  // namespace favras::seq2seq
