#include "apps/seq2seq/command_line/command_line.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <limits>
#include <sstream>
#include <type_traits>
#include <typeindex>
#include <unordered_map>

#include <boost/any.hpp>
#include <fmt/format.h>

#include "apps/seq2seq/command_line/config_file.h"
#include "apps/seq2seq/command_line/nearest.h"

namespace favras::seq2seq {

namespace {

namespace po = boost::program_options;

constexpr std::size_t kLineWidth = 80;

// How the values of one type are checked beyond what Boost does, and written.
struct ValueType {
  std::string expected, largest;  // what is larger is another thing than nonsense; "": no bound is near
  bool (*is_sensible)(const boost::any& value, const std::string& text);
  std::vector<std::string> (*texts)(const boost::any& value);
};

template <class T>
bool is_sensible([[maybe_unused]] const boost::any& value, [[maybe_unused]] const std::string& text) {
  if constexpr (std::is_floating_point_v<T>) {
    return std::isfinite(boost::any_cast<T>(value));
  } else if constexpr (std::is_unsigned_v<T> && !std::is_same_v<T, bool>) {
    return text.find('-') == std::string::npos;  // Boost would read "-1" as the largest value
  } else {
    return true;
  }
}

template <class T>
std::vector<std::string> texts_of(const boost::any& value) {
  if constexpr (std::is_same_v<T, std::vector<std::string>>) {
    return boost::any_cast<T>(value);
  } else {
    return {fmt::format("{}", boost::any_cast<T>(value))};
  }
}

template <class T>
std::pair<const std::type_index, ValueType> value_type(const char* expected) {
  std::string largest;
  if constexpr (std::is_integral_v<T>) largest = std::to_string(std::numeric_limits<T>::max());
  return {typeid(T), {expected, largest, is_sensible<T>, texts_of<T>}};
}

const ValueType& value_type_of(const po::option_description& option) {
  static const std::unordered_map<std::type_index, ValueType> types{
      value_type<bool>("true or false"),
      value_type<int>("a whole number"),
      value_type<unsigned>("a whole number from 0 up"),
      value_type<std::int64_t>("a whole number"),
      value_type<std::uint64_t>("a whole number from 0 up"),
      value_type<float>("a finite number"),
      value_type<double>("a finite number"),
      value_type<std::string>("a text"),
      value_type<std::vector<std::string>>("a text"),
  };
  const auto* typed = dynamic_cast<const po::typed_value_base*>(option.semantic().get());
  const auto found = typed == nullptr ? types.end() : types.find(typed->value_type());
  if (found == types.end()) {
    throw std::logic_error("--" + option.long_name() + " has a type that command_line.cpp does not list");
  }
  return found->second;
}

// "; did you mean --batch-size?", or nothing.
std::string suggestion(const std::string& name, const po::options_description& known,
                       const std::string& prefix) {
  std::vector<std::string> names;
  for (const auto& option : known.options()) names.push_back(option->long_name());
  const std::string meant = nearest(name, names);
  return meant.empty() ? "" : fmt::format("; did you mean {}{}?", prefix, meant);
}

// Reads the value only to complain about it with its source: "--batch-size", "FAVRAS_BATCH_SIZE".
void check_value(const po::option& given, const po::options_description& known, const std::string& source) {
  const po::option_description& option = known.find(given.string_key, false);
  if (given.value.empty()) return;  // a switch
  const ValueType& type = value_type_of(option);
  bool good = false;
  try {
    boost::any value;
    option.semantic()->parse(value, given.value, false);
    good = type.is_sensible(value, given.value.front());
  } catch (const po::error&) {
  }
  if (good) return;
  const std::string& text = given.value.front();
  const bool is_number = !text.empty() && text.find_first_not_of("0123456789") == text.npos;
  throw UsageError(fmt::format("{} '{}': expected {}{}", source, text, type.expected,
                               is_number && !type.largest.empty() ? ", at most " + type.largest : ""));
}

void keep(const po::parsed_options& parsed, po::variables_map& values) {
  try {
    po::store(parsed, values);
  } catch (const po::multiple_occurrences& error) {
    throw UsageError(error.get_option_name() + " is given more than once");
  }
}

std::string wrapped(const std::string& text) {
  std::istringstream words(text);
  std::string result, line;
  for (std::string word; words >> word;) {
    if (!line.empty() && line.size() + 1 + word.size() > kLineWidth) {
      result += line + "\n";
      line.clear();
    }
    line += (line.empty() ? "" : " ") + word;
  }
  return result + line + "\n";
}

po::options_description general_options() {
  po::options_description general("General");
  // clang-format off
  general.add_options()
      ("help,h", "print this text and exit")
      ("version", "print the version and exit")
      ("config", po::value<std::string>()->value_name("FILE"), "read options from FILE: name = value lines")
      ("dump-config", "print every value that holds, as text for --config, and exit");
  // clang-format on
  return general;
}

}  // namespace

std::string version_text() { return "seq2seq " FAVRAS_VERSION; }

CommandLine::CommandLine(std::string command, std::string summary, std::string positional_help)
    : command_(std::move(command)),
      summary_(std::move(summary)),
      positional_help_(std::move(positional_help)) {}

po::options_description& CommandLine::group(const std::string& name) {
  for (auto& [heading, options] : groups_) {
    if (heading == name) return options;
  }
  return groups_.emplace_back(name, Options(name)).second;
}

po::options_description_easy_init CommandLine::add_options(const std::string& group_name) {
  return group(group_name).add_options();
}

CommandLine::Options CommandLine::command_options() const {
  Options options;
  for (const auto& group : groups_) options.add(group.second);
  return options;
}

bool CommandLine::parse(int argc, char** argv, const Computed& computed) {
  const Options own = command_options();
  Options known;
  known.add(own).add(general_options());
  read_arguments(argc, argv, known);
  if (values_.count("help") != 0) {
    std::cout << help();
    return false;
  }
  if (values_.count("version") != 0) {
    std::cout << version_text() << '\n';
    return false;
  }
  read_environment(own);
  if (values_.count("config") != 0) read_config(get<std::string>("config"), own);
  if (values_.count("dump-config") != 0) {
    std::cout << dump_config(computed);
    return false;
  }
  return true;
}

void CommandLine::read_arguments(int argc, char** argv, const Options& known) {
  po::parsed_options parsed(&known);
  try {
    parsed = po::command_line_parser(argc, argv)
                 .options(known)
                 .style(po::command_line_style::default_style & ~po::command_line_style::allow_guessing)
                 .allow_unregistered()
                 .run();
  } catch (const po::error& error) {
    throw UsageError(error.what());
  }
  for (const po::option& option : parsed.options) {
    if (option.unregistered) {
      const std::string written = option.original_tokens.front();
      const std::string word = written.substr(0, written.find('='));
      const std::string name = word.substr(std::min(word.find_first_not_of('-'), word.size()));
      throw UsageError(fmt::format("unknown option {}{}", word, suggestion(name, known, "--")));
    }
    if (option.position_key >= 0) {
      if (positional_help_.empty()) {
        throw UsageError(
            fmt::format("unexpected word '{}'; {} takes only options", option.value.front(), command_));
      }
      positional_.push_back(option.value.front());
    } else {
      sources_.emplace(option.string_key, "--" + option.string_key);
      check_value(option, known, source(option.string_key));
    }
  }
  keep(parsed, values_);
}

void CommandLine::read_environment(const Options& known) {
  po::parsed_options parsed(&known);
  for (const auto& option : known.options()) {
    std::string variable = "FAVRAS_";
    for (const char letter : option->long_name()) {
      variable += letter == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
    }
    const char* value = std::getenv(variable.c_str());
    if (value == nullptr || *value == '\0') continue;
    parsed.options.emplace_back(option->long_name(), std::vector<std::string>{value});
    sources_.emplace(option->long_name(), variable);
    check_value(parsed.options.back(), known, variable);
  }
  keep(parsed, values_);
}

void CommandLine::read_config(const std::string& path, const Options& known) {
  po::parsed_options parsed(&known);
  for (const ConfigEntry& entry : read_config_file(path)) {
    const std::string place = fmt::format("{} line {}", path, entry.line);
    if (known.find_nothrow(entry.name, false) == nullptr) {
      throw UsageError(
          fmt::format("{}: unknown option {}{}", place, entry.name, suggestion(entry.name, known, "")));
    }
    parsed.options.emplace_back(entry.name, std::vector<std::string>{entry.value});
    const std::string source = fmt::format("{}: {}", place, entry.name);
    sources_.emplace(entry.name, source);
    check_value(parsed.options.back(), known, source);
  }
  keep(parsed, values_);
}

std::string CommandLine::one_of(const std::string& a, const std::string& b) const {
  if (!given(a)) return given(b) ? b : "";
  if (!given(b)) return a;
  if (on_command_line(a) == on_command_line(b))
    throw UsageError(fmt::format("{} and {}: use one of the two", source(a), source(b)));
  return on_command_line(a) ? a : b;
}

std::string CommandLine::dump_config(const Computed& computed) const {
  std::string text;
  const Options known = command_options();
  const auto values = computed ? computed(*this) : std::map<std::string, std::string>();
  for (const auto& option : known.options()) {
    const std::string& name = option->long_name();
    if (const auto value = values.find(name); value != values.end()) {
      if (!value->second.empty()) text += config_line(name, value->second);
      continue;
    }
    if (values_.count(name) == 0) continue;
    for (const std::string& value : value_type_of(*option).texts(values_[name].value())) {
      text += config_line(name, value);
    }
  }
  return text;
}

std::string CommandLine::help() const {
  std::ostringstream text;
  text << "Usage: seq2seq " << command_ << " [OPTION...]" << (positional_help_.empty() ? "" : " ")
       << positional_help_ << "\n\n"
       << wrapped(summary_);
  for (const auto& group : groups_) text << '\n' << group.second;
  text << '\n' << general_options() << '\n';
  if (!groups_.empty()) {
    text << wrapped(
        "Each option may also be given in the environment (FAVRAS_BATCH_SIZE for --batch-size) or in the "
        "--config file; the command line wins over the environment, which wins over the file.");
  }
  return text.str();
}

}  // namespace favras::seq2seq
