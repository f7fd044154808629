#include "apps/seq2seq/training/training_state.h"

#include <array>
#include <charconv>
#include <cmath>
#include <fstream>
#include <sstream>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "engine/storage/durable.h"
#include "engine/storage/safetensors.h"

namespace favras::seq2seq {
namespace {

namespace json = boost::json;

constexpr int kFormatVersion = 3;

// Numbers with a fraction as text: not every parser of JSON gives a double back to its last bit, and JSON
// has no infinity.
std::string exact(double value) { return fmt::format("{}", value); }

// Throws std::runtime_error naming the key if it is missing or of another type.
template <class T>
T get(const json::object& state, const char* key) {
  if (const json::value* const value = state.if_contains(key))
    if (const auto result = json::try_value_to<T>(*value)) return *result;
  throw std::runtime_error(fmt::format("'{}' is missing or of another type", key));
}

double get_exact(const json::object& state, const char* key) {
  const auto text = get<std::string>(state, key);
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size())
    throw std::runtime_error(fmt::format("'{}' is no number: '{}'", key, text));
  return value;
}

// The same, but not "nan".
double get_number(const json::object& state, const char* key) {
  const double value = get_exact(state, key);
  if (std::isnan(value)) throw std::runtime_error(fmt::format("'{}' is no number: 'nan'", key));
  return value;
}

constexpr char kFirst[] = "first_moment.", kSecond[] = "second_moment.", kTrained[] = "trained.";

}  // namespace

void write_state(const std::filesystem::path& path, const TrainingState& s) {
  json::object settings;
  for (const auto& [name, value] : s.settings) settings[name] = value;
  const json::object state{{"format_version", kFormatVersion},
                           {"step", s.step},
                           {"epoch", s.epoch},
                           {"batch", s.batch},
                           {"lines_seen", s.lines_seen},
                           {"seconds_trained", exact(s.seconds_trained)},
                           {"cpu_seconds", exact(s.cpu_seconds)},
                           {"loss_sum", exact(s.loss_sum)},
                           {"loss_count", exact(s.loss_count)},
                           {"cells", {s.cells.filled, s.cells.needed, s.cells.laid_out}},
                           {"validation_loss", exact(s.validation_loss)},
                           {"validation_step", s.validation_step},
                           {"accuracy", exact(s.accuracy)},
                           {"accuracy_step", s.accuracy_step},
                           {"best_validation_loss", exact(s.best_validation_loss)},
                           {"best_accuracy", exact(s.best_accuracy)},
                           {"best_step", s.best_step},
                           {"epochs_since_best", s.epochs_since_best},
                           {"rollbacks", s.rollbacks},
                           {"log_bytes", s.log_bytes},
                           {"events_bytes", s.events_bytes},
                           {"finished", s.finished},
                           {"data_fingerprint", s.data_fingerprint},
                           {"settings", std::move(settings)}};
  durable_write(path, [&](File& file) { file.write(json::serialize(state) + "\n"); });
}

TrainingState read_state(const std::filesystem::path& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path.string());
  std::stringstream text;
  text << file.rdbuf();
  try {
    json::error_code error;
    const json::value value = json::parse(text.str(), error);
    if (error || !value.is_object()) throw std::runtime_error("no JSON object");
    const json::object& state = value.get_object();
    const auto version = get<int>(state, "format_version");
    if (version < 1 || version > kFormatVersion)
      throw std::runtime_error(fmt::format("format version {} is newer than this program", version));
    TrainingState s;
    s.step = get<std::uint64_t>(state, "step");
    s.epoch = get<std::int64_t>(state, "epoch");
    s.batch = get<std::int64_t>(state, "batch");
    s.lines_seen = get<std::int64_t>(state, "lines_seen");
    s.seconds_trained = get_number(state, "seconds_trained");
    s.loss_sum = get_number(state, "loss_sum");
    s.loss_count = get_number(state, "loss_count");
    if (version >= 2 || state.contains("cells")) {
      const auto [filled, needed, laid_out] = get<std::array<std::int64_t, 3>>(state, "cells");
      s.cells = {filled, needed, laid_out};
    }
    if (version >= 2) {
      s.validation_loss = get_exact(state, "validation_loss");
      s.validation_step = get<std::uint64_t>(state, "validation_step");
      s.epochs_since_best = get<std::int64_t>(state, "epochs_since_best");
      s.rollbacks = get<std::int64_t>(state, "rollbacks");
    }
    if (version >= 3) {
      s.cpu_seconds = get_number(state, "cpu_seconds");
      s.accuracy = get_number(state, "accuracy");
      s.accuracy_step = get<std::uint64_t>(state, "accuracy_step");
      s.best_accuracy = get_number(state, "best_accuracy");
    }
    s.best_validation_loss = get_number(state, "best_validation_loss");
    s.best_step = get<std::uint64_t>(state, "best_step");
    s.log_bytes = get<std::uint64_t>(state, "log_bytes");
    s.events_bytes = get<std::uint64_t>(state, "events_bytes");
    s.finished = get<bool>(state, "finished");
    s.data_fingerprint = get<std::string>(state, "data_fingerprint");
    s.settings = get<std::map<std::string, std::string>>(state, "settings");
    return s;
  } catch (const std::exception& error) {
    throw std::runtime_error(fmt::format("{}: not a training state: {}", path.string(), error.what()));
  }
}

void save_optimizer(const std::filesystem::path& path, const ParameterArena& parameters,
                    std::span<const float> first_moment, std::span<const float> second_moment,
                    std::span<const float> trained) {
  std::vector<TensorRecord> records;
  for (const Parameter& parameter : parameters.parameters())
    for (const auto& [prefix, values] : {std::pair<const char*, std::span<const float>>(kFirst, first_moment),
                                         {kSecond, second_moment},
                                         {kTrained, trained}})
      if (!values.empty())
        records.push_back(
            {prefix + parameter.name, "F32", parameter.value.shape(),
             std::as_bytes(values.subspan(static_cast<std::size_t>(parameter.first),
                                          static_cast<std::size_t>(parameter.value.elements())))});
  write_safetensors(path, records, {{"format", "favras optimizer"}, {"optimizer", "adam"}});
}

void load_optimizer(const std::filesystem::path& path, Model& model, Adam& adam) {
  const SafetensorsFile file(path);
  const auto load = [&](const std::string& name, Tensor values) {
    const TensorRecord& record = file.at(name);
    if (record.dtype != "F32" || record.shape != values.shape())
      throw std::runtime_error(fmt::format("{}: {} does not fit this model", path.string(), name));
    values.copy_from_host(record.data.data(), record.data.size());
  };
  for (const Parameter& parameter : model.parameters().parameters()) {
    load(kFirst + parameter.name, adam.first_moment().view(parameter.first, parameter.value.shape()));
    load(kSecond + parameter.name, adam.second_moment().view(parameter.first, parameter.value.shape()));
    if (file.contains(kTrained + parameter.name)) load(kTrained + parameter.name, parameter.value);
  }
  model.parameters().refresh_copies();
}

}  // namespace favras::seq2seq
