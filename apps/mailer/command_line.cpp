#include "apps/mailer/command_line.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

namespace favras::mailer {

namespace po = boost::program_options;

namespace {

std::string variable_of(const std::string& option) {
  std::string name = "FAVRAS_";
  for (const char c : option)
    name += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return name;
}

}  // namespace

CommandLine::CommandLine(std::string command, std::string summary, std::string words_help)
    : command_(std::move(command)), summary_(std::move(summary)), words_help_(std::move(words_help)) {
  options_.add_options()("help,h", "print this text and exit")("version", "print the version and exit")(
      "config", po::value<std::string>()->value_name("FILE"), "read options from FILE: name = value lines");
}

std::string CommandLine::needed(const std::string& name) const {
  if (text(name).empty()) throw UsageError(fmt::format("--{} is needed", name));
  return text(name);
}

bool CommandLine::parse(int argc, char** argv) {
  try {
    po::options_description known;
    known.add(options_).add_options()("words", po::value<std::vector<std::string>>());
    po::positional_options_description positions;
    if (!words_help_.empty()) positions.add("words", -1);
    const int style = po::command_line_style::default_style & ~po::command_line_style::allow_guessing;
    po::store(po::command_line_parser(argc, argv).options(known).positional(positions).style(style).run(),
              values_);
    if (given("help")) {
      std::ostringstream text;
      text << options_;
      fmt::print(
          "Usage: mailer {} [OPTION...]{}{}\n\n{}\n\n{}\nEach option may also be given in the environment "
          "(FAVRAS_SMTP_URL for --smtp-url)\nor in the --config file.\n",
          command_, words_help_.empty() ? "" : " ", words_help_, summary_, text.str());
      return false;
    }
    if (given("version")) {
      fmt::print("mailer {}\n", FAVRAS_VERSION);
      return false;
    }
    if (given("words")) words_ = values_["words"].as<std::vector<std::string>>();
    po::store(
        po::parse_environment(options_,
                              [this](const std::string& variable) {
                                for (const auto& option : options_.options()) {
                                  const std::string& name = option->long_name();
                                  if (variable == variable_of(name) && name != "help" && name != "version")
                                    return *std::getenv(variable.c_str()) == '\0' ? std::string() : name;
                                }
                                return std::string();
                              }),
        values_);
    if (given("config")) {
      std::ifstream file(text("config"));
      if (!file) throw UsageError(fmt::format("--config '{}' cannot be read", text("config")));
      po::store(po::parse_config_file(file, options_), values_);
    }
  } catch (const po::error& error) {
    throw UsageError(error.what());
  }
  return true;
}

}  // namespace favras::mailer
