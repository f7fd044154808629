#include "apps/seq2seq/data/description.h"

#include <charconv>
#include <cmath>
#include <stdexcept>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "apps/seq2seq/data/json_text.h"

namespace favras::seq2seq {

namespace {

namespace json = boost::json;

constexpr int kFormatVersion = 2;

template <class T>
T number(const json::object& object, const char* key) {
  return object.at(key).to_number<T>();
}

std::string text(const json::object& object, const char* key) {
  return std::string(object.at(key).as_string());
}

// Fractions are kept as text: Boost.JSON 1.81 may change the last bit of a number.
double fraction(const json::object& object, const char* key) {
  const std::string digits = text(object, key);
  double value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size() || !std::isfinite(value))
    throw std::runtime_error(fmt::format("{} '{}' is no number", key, digits));
  return value;
}

json::object settings_to_json(const DataSettings& settings) {
  return {{"split", settings.split},
          {"filter", settings.filter},
          {"group_by", settings.group_by},
          {"characters", settings.characters},
          {"minimum_length", settings.minimum_length},
          {"maximum_length", settings.maximum_length},
          {"validation_share", fmt::format("{}", settings.validation_share)},
          {"invalid_utf8", settings.skip_invalid ? "skip" : "fail"}};
}

DataSettings settings_from_json(const json::object& root) {
  const json::object& settings = root.at("settings").as_object();
  return {.task = text(root, "task"),
          .seed = number<std::uint64_t>(root, "seed"),
          .characters = number<std::uint64_t>(settings, "characters"),
          .minimum_length = number<int>(settings, "minimum_length"),
          .maximum_length = number<int>(settings, "maximum_length"),
          .validation_share = fraction(settings, "validation_share"),
          .skip_invalid = text(settings, "invalid_utf8") == "skip",
          .split = text(settings, "split"),
          .filter = text(settings, "filter"),
          .group_by = text(settings, "group_by")};
}

json::object source_to_json(const SourceFile& source) {
  return {{"name", source.name}, {"group", source.group}, {"bytes", source.bytes}, {"sha256", source.sha256}};
}

SourceFile source_from_json(const json::object& source) {
  return {.name = text(source, "name"),
          .group = text(source, "group"),
          .bytes = number<std::uint64_t>(source, "bytes"),
          .sha256 = text(source, "sha256")};
}

json::object counts_to_json(const LineCounts& counts) {
  json::object lines, dropped;
  for_each_total(counts, [&](const char* name, std::uint64_t count) { lines[name] = count; });
  for_each_rule(counts, [&](const char* name, std::uint64_t count) { dropped[name] = count; });
  lines["dropped"] = std::move(dropped);
  return lines;
}

LineCounts counts_from_json(const json::object& lines) {
  LineCounts counts;
  const json::object& dropped = lines.at("dropped").as_object();
  for_each_total(counts,
                 [&](const char* name, std::uint64_t& count) { count = number<std::uint64_t>(lines, name); });
  for_each_rule(
      counts, [&](const char* name, std::uint64_t& count) { count = number<std::uint64_t>(dropped, name); });
  return counts;
}

json::value leaks_to_json(const LeakReport& leaks) {
  json::object object;
  for_each_count(leaks, [&](const char* name, std::uint64_t count) { object[name] = count; });
  return object;
}

LeakReport leaks_from_json(const json::object& object) {
  LeakReport leaks;
  for_each_count(
      leaks, [&](const char* name, std::uint64_t& count) { count = number<std::uint64_t>(object, name); });
  return leaks;
}

DataDescription description_from_json(const json::object& root) {
  DataDescription description{.settings = settings_from_json(root),
                              .sources = {},
                              .misspellings = {},
                              .counts = counts_from_json(root.at("lines").as_object()),
                              .leaks = {},
                              .fingerprint = text(root, "fingerprint")};
  const std::string& task = description.settings.task;
  if (task != "text" && task != "pairs" && task != "sort") {
    throw std::runtime_error(fmt::format("unknown task '{}'", task));
  }
  for (const json::value& source : root.at("sources").as_array())
    description.sources.push_back(source_from_json(source.as_object()));
  if (const json::value* source = root.if_contains("misspellings"))
    description.misspellings = source_from_json(source->as_object());
  if (const json::value* leaks = root.if_contains("leaks"))
    description.leaks = leaks_from_json(leaks->as_object());
  return description;
}

}  // namespace

std::string DataDescription::to_json() const {
  json::array source_list;
  for (const SourceFile& source : sources) source_list.push_back(source_to_json(source));
  json::object root{{"version", kFormatVersion},
                    {"task", settings.task},
                    {"seed", settings.seed},
                    {"settings", settings_to_json(settings)},
                    {"sources", source_list}};
  if (misspellings) root["misspellings"] = source_to_json(*misspellings);
  root["lines"] = counts_to_json(counts);
  if (leaks) root["leaks"] = leaks_to_json(*leaks);
  root["fingerprint"] = fingerprint;
  return to_readable_json(root);
}

DataDescription DataDescription::from_json(std::string_view text_of_file) {
  try {
    const json::value value = json::parse({text_of_file.data(), text_of_file.size()});
    const json::object& root = value.as_object();
    if (const int version = number<int>(root, "version"); version != kFormatVersion) {
      throw std::runtime_error(
          fmt::format("version {}, where {} is read; run prepare again", version, kFormatVersion));
    }
    return description_from_json(root);
  } catch (const std::exception& error) {
    throw std::runtime_error(fmt::format("not a data description of this program: {}", error.what()));
  }
}

}  // namespace favras::seq2seq
