#include "apps/seq2seq/training_state.h"

#include <array>
#include <charconv>
#include <fstream>
#include <sstream>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "engine/storage/durable.h"
#include "engine/storage/safetensors.h"

namespace favras::seq2seq {
namespace {

namespace json = boost::json;

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

struct Moment {
  std::string name;
  Tensor values;
};

// Views of the two moments, shaped and named as the parameters they belong to.
std::vector<Moment> moments(const Model& model, Adam& adam) {
  std::vector<Moment> views;
  const ParameterArena& arena = model.parameters();
  for (const Parameter& parameter : arena.parameters()) {
    const Tensor& value = parameter.value;
    const std::int64_t first = value.data<float>() - arena.values().data<float>();
    views.push_back({"first_moment." + parameter.name, adam.first_moment().view(first, value.shape())});
    views.push_back({"second_moment." + parameter.name, adam.second_moment().view(first, value.shape())});
  }
  return views;
}

}  // namespace

void write_state(const std::filesystem::path& path, const TrainingState& s) {
  json::object settings;
  for (const auto& [name, value] : s.settings) settings[name] = value;
  const json::object state{{"format_version", 1},
                           {"step", s.step},
                           {"epoch", s.epoch},
                           {"batch", s.batch},
                           {"lines_seen", s.lines_seen},
                           {"seconds_trained", exact(s.seconds_trained)},
                           {"loss_sum", exact(s.loss_sum)},
                           {"loss_count", exact(s.loss_count)},
                           {"cells", {s.cells.filled, s.cells.needed, s.cells.laid_out}},
                           {"best_validation_loss", exact(s.best_validation_loss)},
                           {"best_step", s.best_step},
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
    if (const auto version = get<int>(state, "format_version"); version != 1)
      throw std::runtime_error(fmt::format("format version {} is newer than this program", version));
    TrainingState s;
    s.step = get<std::uint64_t>(state, "step");
    s.epoch = get<std::int64_t>(state, "epoch");
    s.batch = get<std::int64_t>(state, "batch");
    s.lines_seen = get<std::int64_t>(state, "lines_seen");
    s.seconds_trained = get_exact(state, "seconds_trained");
    s.loss_sum = get_exact(state, "loss_sum");
    s.loss_count = get_exact(state, "loss_count");
    if (state.contains("cells")) {  // not of an older program
      const auto [filled, needed, laid_out] = get<std::array<std::int64_t, 3>>(state, "cells");
      s.cells = {filled, needed, laid_out};
    }
    s.best_validation_loss = get_exact(state, "best_validation_loss");
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

void save_optimizer(const std::filesystem::path& path, const Model& model, Adam& adam) {
  std::vector<TensorRecord> records;
  std::vector<std::vector<float>> values;
  for (const Moment& moment : moments(model, adam)) values.push_back(moment.values.to_host<float>());
  std::size_t next = 0;
  for (const Moment& moment : moments(model, adam))
    records.push_back({moment.name, "F32", moment.values.shape(), std::as_bytes(std::span(values[next++]))});
  write_safetensors(path, records, {{"format", "favras optimizer"}, {"optimizer", "adam"}});
}

void load_optimizer(const std::filesystem::path& path, const Model& model, Adam& adam) {
  const SafetensorsFile file(path);
  for (Moment& moment : moments(model, adam)) {
    const TensorRecord& record = file.at(moment.name);
    if (record.dtype != "F32" || record.shape != moment.values.shape())
      throw std::runtime_error(fmt::format("{}: {} does not fit this model", path.string(), moment.name));
    moment.values.copy_from_host(record.data.data(), record.data.size());
  }
}

}  // namespace favras::seq2seq
