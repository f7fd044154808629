#include "apps/seq2seq/command_line/config_file.h"

#include <filesystem>
#include <fstream>
#include <optional>

#include <fmt/format.h>

#include "apps/seq2seq/command_line/usage_error.h"

namespace favras::seq2seq {

namespace {

constexpr const char* kWhiteSpace = " \t\r\n\f\v";

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(kWhiteSpace);
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(kWhiteSpace) - first + 1);
}

std::string without_comment(const std::string& line) {
  for (auto at = line.find('#'); at != std::string::npos; at = line.find('#', at + 1)) {
    if (at == 0 || std::string(kWhiteSpace).find(line[at - 1]) != std::string::npos) {
      return line.substr(0, at);
    }
  }
  return line;
}

// Nothing for an empty line; an entry without a name for one that is not `name = value`.
std::optional<ConfigEntry> parse_line(const std::string& line, int number) {
  const std::string text = trimmed(without_comment(line));
  if (text.empty()) return std::nullopt;
  const auto equals = text.find('=');
  if (equals == std::string::npos) return ConfigEntry{.name = "", .value = text, .line = number};
  return ConfigEntry{
      .name = trimmed(text.substr(0, equals)), .value = trimmed(text.substr(equals + 1)), .line = number};
}

}  // namespace

std::vector<ConfigEntry> read_config_file(const std::string& path) {
  std::ifstream file(path);
  if (!file || std::filesystem::is_directory(path)) {
    throw UsageError(fmt::format("{}: no such file, or not readable", path));
  }
  std::vector<ConfigEntry> entries;
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    const auto entry = parse_line(line, number);
    if (!entry) continue;
    if (entry->name.empty()) {
      throw UsageError(fmt::format("{} line {}: '{}' is not of the form name = value", path, number, line));
    }
    entries.push_back(*entry);
  }
  return entries;
}

std::string config_line(const std::string& name, const std::string& value) {
  const std::string line = fmt::format("{} = {}", name, value);
  const auto back = parse_line(line, 1);
  if (!back || back->value != value || value.find('\n') != std::string::npos) {
    throw UsageError(fmt::format(
        "--{} '{}': cannot be kept in a configuration file; do without line breaks, white space at the ends "
        "and '#' behind white space or at the start",
        name, value));
  }
  return line + "\n";
}

}  // namespace favras::seq2seq
