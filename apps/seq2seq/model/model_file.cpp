#include "apps/seq2seq/model/model_file.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <stdexcept>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "engine/storage/safetensors.h"

namespace favras::seq2seq {
namespace {

namespace json = boost::json;

constexpr std::uint64_t kFormatVersion = 1;
constexpr const char *kFloat32Name = "F32", *kBfloat16Name = "BF16";  // in safetensors

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
                                      {"architecture", name_of(d.configuration.architecture)},
                                      {"copies_unknown", d.copies_unknown}});
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
  if (const json::value* const copies = value.as_object().if_contains("copies_unknown"))
    d.copies_unknown = copies->as_bool();
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

// The record's numbers, whose dtype is one that holds_weights().
std::vector<float> widened(const TensorRecord& record, std::size_t count) {
  std::vector<float> values(count);
  if (record.dtype == kFloat32Name) {
    std::memcpy(values.data(), record.data.data(), record.data.size());
    return values;
  }
  std::vector<kernels::bfloat16> stored(count);
  std::memcpy(stored.data(), record.data.data(), record.data.size());
  std::transform(stored.begin(), stored.end(), values.begin(), [](kernels::bfloat16 x) { return float(x); });
  return values;
}

bool holds_weights(const TensorRecord& record) {
  return record.dtype == kFloat32Name || record.dtype == kBfloat16Name;
}

// A stored LSTM bias is the sum of PyTorch's two.
void load_parameter(const SafetensorsFile& file, const std::filesystem::path& path,
                    const Parameter& parameter) {
  Tensor value = parameter.value;
  const auto values_of = [&](const std::string& name) {
    const TensorRecord& record = file.at(name);
    if (!holds_weights(record) || record.shape != value.shape())
      throw std::runtime_error(fmt::format("{}: {} is {} {}, expected F32 or BF16 {}", path.string(), name,
                                           record.dtype, to_string(record.shape), to_string(value.shape())));
    return widened(record, static_cast<std::size_t>(value.elements()));
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

void save_model(const std::filesystem::path& path, const Model& model, const ModelDescription& description,
                DType stored) {
  save_model(path, model.parameters(), model.parameters().values().to_host<float>(), description, stored);
}

void save_model(const std::filesystem::path& path, const ParameterArena& parameters,
                std::span<const float> values, const ModelDescription& description, DType stored) {
  const bool is_rounded = stored == DType::kBfloat16;
  std::vector<kernels::bfloat16> rounded;
  if (is_rounded)
    for (const float value : values) rounded.emplace_back(value);
  const std::span<const std::byte> bytes =
      is_rounded ? std::as_bytes(std::span(std::as_const(rounded))) : std::as_bytes(values);
  std::vector<TensorRecord> records;
  std::size_t longest = 0;
  for (const Parameter& parameter : parameters.parameters())
    longest = std::max(longest, static_cast<std::size_t>(parameter.value.elements()) * size_of(stored));
  const std::vector<std::byte> zeros(longest);
  for (const Parameter& parameter : parameters.parameters()) {
    const std::size_t size = static_cast<std::size_t>(parameter.value.elements()) * size_of(stored);
    const auto add = [&](const std::string& name, std::span<const std::byte> data) {
      records.push_back({name, is_rounded ? kBfloat16Name : kFloat32Name, parameter.value.shape(), data});
    };
    add(parameter.name, bytes.subspan(static_cast<std::size_t>(parameter.first) * size_of(stored), size));
    if (const std::string second = second_bias(parameter.name); !second.empty())
      add(second, std::span(zeros).first(size));
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
