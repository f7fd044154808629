#include "apps/seq2seq/model/model_file.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <stdexcept>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "engine/storage/safetensors.h"

namespace favras::seq2seq {
namespace {

namespace json = boost::json;

constexpr std::uint64_t kFormatVersion = 1;

// "encoder.lstm.bias_ih_l0" -> "encoder.lstm.bias_hh_l0", or "" for a parameter that is no LSTM bias.
std::string second_bias(const std::string& name) {
  const auto at = name.find(".bias_ih_l");
  return at == std::string::npos ? "" : std::string(name).replace(at, 10, ".bias_hh_l");
}

std::string configuration_json(const ModelDescription& d) {
  return json::serialize(json::object{{"rnn_size", d.configuration.rnn_size},
                                      {"num_layers", d.configuration.num_layers},
                                      {"encoding_embedding_size", d.configuration.encoding_embedding_size},
                                      {"decoding_embedding_size", d.configuration.decoding_embedding_size},
                                      {"task", d.task},
                                      {"maximum_length", d.maximum_length},
                                      {"architecture", name_of(d.configuration.architecture)}});
}

// What `parse` makes of the metadata under `key`. Throws std::runtime_error naming file and key.
template <class Parse>
auto read_metadata(const SafetensorsFile& file, const std::filesystem::path& path, const char* key,
                   Parse parse) {
  const auto entry = file.metadata().find(key);
  if (entry == file.metadata().end())
    throw std::runtime_error(
        fmt::format("{}: not a model of this program: its metadata has no '{}'", path.string(), key));
  try {
    return parse(entry->second);
  } catch (const std::exception&) {
    throw std::runtime_error(fmt::format("{}: its metadata '{}' is not what this program writes: {}",
                                         path.string(), key, entry->second));
  }
}

std::uint64_t whole_number(const std::string& text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) throw std::invalid_argument(text);
  return value;
}

// All but vocabulary and step.
ModelDescription parse_configuration(const std::string& text) {
  const json::value value = json::parse(text);
  const auto size = [&](const char* key) {
    const auto number = value.at(key).to_number<std::int64_t>();
    if (number < 1) throw std::out_of_range(key);
    return number;
  };
  ModelDescription d;
  const json::value* const architecture = value.as_object().if_contains("architecture");
  d.configuration = {.architecture = architecture  // older files have none
                                         ? parse_architecture(json::value_to<std::string>(*architecture))
                                         : Architecture::kOriginal,
                     .rnn_size = size("rnn_size"),
                     .num_layers = size("num_layers"),
                     .encoding_embedding_size = size("encoding_embedding_size"),
                     .decoding_embedding_size = size("decoding_embedding_size")};
  d.task = json::value_to<std::string>(value.at("task"));
  d.maximum_length = size("maximum_length");
  return d;
}

ModelDescription description_of(const SafetensorsFile& file, const std::filesystem::path& path) {
  const std::uint64_t version = read_metadata(file, path, "format_version", whole_number);
  if (version != kFormatVersion)
    throw std::runtime_error(fmt::format("{}: is of format version {}, where this program reads {}",
                                         path.string(), version, kFormatVersion));
  ModelDescription d = read_metadata(file, path, "configuration", parse_configuration);
  d.vocabulary = read_metadata(file, path, "vocabulary", Vocabulary::from_json);
  d.configuration.vocabulary = d.vocabulary.size();
  d.step = read_metadata(file, path, "step", whole_number);
  return d;
}

// A stored LSTM bias is the sum of PyTorch's two.
void load_parameter(const SafetensorsFile& file, const std::filesystem::path& path,
                    const Parameter& parameter) {
  Tensor value = parameter.value;
  const auto values_of = [&](const std::string& name) {
    const TensorRecord& record = file.at(name);
    if (record.dtype != "F32" || record.shape != value.shape())
      throw std::runtime_error(fmt::format("{}: {} is {} {}, expected F32 {}", path.string(), name,
                                           record.dtype, to_string(record.shape), to_string(value.shape())));
    std::vector<float> values(value.elements());
    std::memcpy(values.data(), record.data.data(), record.data.size());
    return values;
  };
  std::vector<float> values = values_of(parameter.name);
  if (const std::string second = second_bias(parameter.name); !second.empty() && file.contains(second)) {
    const std::vector<float> addend = values_of(second);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] += addend[i];
  }
  value.copy_from_host(values.data(), value.bytes());
}

void load_parameters(const SafetensorsFile& file, const std::filesystem::path& path, Model& model) {
  for (const Parameter& parameter : model.parameters().parameters()) load_parameter(file, path, parameter);
  model.parameters().refresh_copies();
}

}  // namespace

void save_model(const std::filesystem::path& path, const Model& model, const ModelDescription& description) {
  save_model(path, model.parameters(), model.parameters().values().to_host<float>(), description);
}

void save_model(const std::filesystem::path& path, const ParameterArena& parameters,
                std::span<const float> values, const ModelDescription& description) {
  std::vector<TensorRecord> records;
  std::size_t longest = 0;
  for (const Parameter& parameter : parameters.parameters())
    longest = std::max(longest, static_cast<std::size_t>(parameter.value.elements()));
  const std::vector<float> zeros(longest);
  for (const Parameter& parameter : parameters.parameters()) {
    const auto count = static_cast<std::size_t>(parameter.value.elements());
    const auto add = [&](const std::string& name, const float* data) {
      records.push_back({name, "F32", parameter.value.shape(), std::as_bytes(std::span(data, count))});
    };
    add(parameter.name, values.data() + parameter.first);
    if (const std::string second = second_bias(parameter.name); !second.empty()) add(second, zeros.data());
  }
  write_safetensors(path, records,
                    {{"format_version", std::to_string(kFormatVersion)},
                     {"configuration", configuration_json(description)},
                     {"vocabulary", description.vocabulary.to_json()},
                     {"step", std::to_string(description.step)}});
}

ModelDescription read_model_description(const std::filesystem::path& path) {
  return description_of(SafetensorsFile(path), path);
}

LoadedModel load_model(const std::filesystem::path& path, Device device, DType dtype) {
  const SafetensorsFile file(path);
  LoadedModel loaded{description_of(file, path), nullptr};
  loaded.model = std::make_unique<Model>(loaded.description.configuration, std::nullopt, dtype, device);
  load_parameters(file, path, *loaded.model);
  return loaded;
}

void load_weights(const std::filesystem::path& path, Model& model) {
  load_parameters(SafetensorsFile(path), path, model);
}

}  // namespace favras::seq2seq
