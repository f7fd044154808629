#include "apps/seq2seq/data/description.h"

#include <stdexcept>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "apps/seq2seq/data/json_text.h"

namespace favras::seq2seq {

namespace {

namespace json = boost::json;

constexpr int kFormatVersion = 1;

json::object settings_to_json(const DataSettings& settings) {
  return {{"characters", settings.characters},
          {"minimum_length", settings.minimum_length},
          {"maximum_length", settings.maximum_length},
          {"validation_share", settings.validation_share},
          {"invalid_utf8", settings.skip_invalid ? "skip" : "fail"}};
}

json::object dropped_to_json(const LineCounts& counts) {
  return {{"invalid_utf8", counts.invalid},
          {"empty", counts.empty},
          {"too_short", counts.too_short},
          {"too_long", counts.too_long},
          {"rare_characters", counts.rare_characters},
          {"duplicates", counts.duplicates}};
}

template <class T>
T number(const json::object& object, const char* key) {
  return object.at(key).to_number<T>();
}

std::string text(const json::object& object, const char* key) {
  return std::string(object.at(key).as_string());
}

DataSettings settings_from_json(const json::object& root) {
  const json::object& settings = root.at("settings").as_object();
  return {.task = text(root, "task"),
          .seed = number<std::uint64_t>(root, "seed"),
          .characters = number<std::uint64_t>(settings, "characters"),
          .minimum_length = number<int>(settings, "minimum_length"),
          .maximum_length = number<int>(settings, "maximum_length"),
          .validation_share = number<double>(settings, "validation_share"),
          .skip_invalid = text(settings, "invalid_utf8") == "skip"};
}

LineCounts counts_from_json(const json::object& counts) {
  const json::object& dropped = counts.at("dropped").as_object();
  return {.read = number<std::uint64_t>(counts, "read"),
          .invalid = number<std::uint64_t>(dropped, "invalid_utf8"),
          .empty = number<std::uint64_t>(dropped, "empty"),
          .too_short = number<std::uint64_t>(dropped, "too_short"),
          .too_long = number<std::uint64_t>(dropped, "too_long"),
          .rare_characters = number<std::uint64_t>(dropped, "rare_characters"),
          .duplicates = number<std::uint64_t>(dropped, "duplicates"),
          .train = number<std::uint64_t>(counts, "train"),
          .validation = number<std::uint64_t>(counts, "validation")};
}

}  // namespace

std::string DataDescription::to_json() const {
  json::array source_list;
  for (const SourceFile& source : sources) {
    source_list.push_back({{"name", source.name}, {"bytes", source.bytes}, {"sha256", source.sha256}});
  }
  return to_readable_json(json::object{{"version", kFormatVersion},
                                       {"task", settings.task},
                                       {"seed", settings.seed},
                                       {"settings", settings_to_json(settings)},
                                       {"sources", source_list},
                                       {"lines",
                                        {{"read", counts.read},
                                         {"dropped", dropped_to_json(counts)},
                                         {"train", counts.train},
                                         {"validation", counts.validation}}},
                                       {"fingerprint", fingerprint}});
}

DataDescription DataDescription::from_json(std::string_view text_of_file) {
  try {
    const json::value value = json::parse({text_of_file.data(), text_of_file.size()});
    const json::object& root = value.as_object();
    if (const int version = number<int>(root, "version"); version != kFormatVersion) {
      throw std::runtime_error(fmt::format("version {}, where {} is read", version, kFormatVersion));
    }
    DataDescription description{.settings = settings_from_json(root),
                                .sources = {},
                                .counts = counts_from_json(root.at("lines").as_object()),
                                .fingerprint = text(root, "fingerprint")};
    const std::string& task = description.settings.task;
    if (task != "text" && task != "pairs" && task != "sort") {
      throw std::runtime_error(fmt::format("unknown task '{}'", task));
    }
    for (const json::value& source : root.at("sources").as_array()) {
      description.sources.push_back({.name = text(source.as_object(), "name"),
                                     .bytes = number<std::uint64_t>(source.as_object(), "bytes"),
                                     .sha256 = text(source.as_object(), "sha256")});
    }
    return description;
  } catch (const std::exception& error) {
    throw std::runtime_error(fmt::format("not a data description of this program: {}", error.what()));
  }
}

}  // namespace favras::seq2seq
