// The options of one command: from its words, the environment (FAVRAS_SMTP_URL for --smtp-url) and a --config
// file, in this order.
#pragma once

#include <string>
#include <vector>

#include <boost/program_options.hpp>

#include "apps/mailer/error.h"

namespace favras::mailer {

class CommandLine {
 public:
  // `words_help` names the words that are not options ("FILE.eml"), "" if there are none.
  CommandLine(std::string command, std::string summary, std::string words_help = "");

  boost::program_options::options_description& options() { return options_; }

  // argv[0] is the command's name. False when --help or --version has been answered. Throws UsageError.
  bool parse(int argc, char** argv);

  const boost::program_options::variables_map& values() const { return values_; }
  const std::vector<std::string>& words() const { return words_; }
  bool given(const std::string& name) const { return values_.count(name) != 0; }
  // "" if it is not given.
  std::string text(const std::string& name) const {
    return given(name) ? values_[name].as<std::string>() : "";
  }
  // Throws UsageError if it is not given.
  std::string needed(const std::string& name) const;

 private:
  std::string command_, summary_, words_help_;
  boost::program_options::options_description options_;
  boost::program_options::variables_map values_;
  std::vector<std::string> words_;
};

}  // namespace favras::mailer
