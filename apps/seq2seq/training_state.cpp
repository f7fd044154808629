#include "apps/seq2seq/training_state.h"

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

json::value finite_or_null(double value) {
  return std::isfinite(value) ? json::value(value) : json::value(nullptr);
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
    const Tensor& value = parameter.variable.value();
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
                           {"seconds_trained", s.seconds_trained},
                           {"loss_sum", s.loss_sum},
                           {"loss_count", s.loss_count},
                           {"best_validation_loss", finite_or_null(s.best_validation_loss)},
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
    const json::value value = json::parse(text.str());
    const auto& state = value.as_object();
    if (const auto version = state.at("format_version").to_number<int>(); version != 1)
      throw std::runtime_error(fmt::format("format version {} is newer than this program", version));
    TrainingState s;
    s.step = state.at("step").to_number<std::uint64_t>();
    s.epoch = state.at("epoch").to_number<std::int64_t>();
    s.batch = state.at("batch").to_number<std::int64_t>();
    s.lines_seen = state.at("lines_seen").to_number<std::int64_t>();
    s.seconds_trained = state.at("seconds_trained").to_number<double>();
    s.loss_sum = state.at("loss_sum").to_number<double>();
    s.loss_count = state.at("loss_count").to_number<double>();
    if (const auto& best = state.at("best_validation_loss"); !best.is_null())
      s.best_validation_loss = best.to_number<double>();
    s.best_step = state.at("best_step").to_number<std::uint64_t>();
    s.log_bytes = state.at("log_bytes").to_number<std::uint64_t>();
    s.events_bytes = state.at("events_bytes").to_number<std::uint64_t>();
    s.finished = state.at("finished").as_bool();
    s.data_fingerprint = json::value_to<std::string>(state.at("data_fingerprint"));
    for (const auto& [name, setting] : state.at("settings").as_object())
      s.settings[name] = json::value_to<std::string>(setting);
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
