// The options of one command: read from the command line, the environment and a --config file.
#pragma once

#include <functional>
#include <list>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <boost/program_options.hpp>

#include "apps/seq2seq/command_line/usage_error.h"

namespace favras::seq2seq {

// "seq2seq 0.1.0"
std::string version_text();

// A value given on the command line wins over the environment (FAVRAS_BATCH_SIZE for --batch-size; empty
// counts as unset), which wins over the --config file (batch-size = 128), which wins over the default.
// Every command has --help, --version, --config and --dump-config besides its own options.
class CommandLine {
 public:
  // `positional_help` names the words that are not options ("FILE..."); empty if the command takes none.
  CommandLine(std::string command, std::string summary, std::string positional_help = "");

  // Declares options under a heading of the help text; the same heading may be asked for again.
  boost::program_options::options_description_easy_init add_options(const std::string& group = "Options");

  // The same, for whoever adds options of its own.
  boost::program_options::options_description& group(const std::string& name);

  // Reads all sources; argv[0] is the command's name. False if the user asked for --help, --version or
  // --dump-config: it has been printed to standard output and nothing is left to do.
  // Throws UsageError, naming the option, where it comes from and what was expected.
  //
  // `computed`, called for --dump-config, gives values that hold instead of or besides those given and the
  // options' own defaults; "" for one that has none.
  using Computed = std::function<std::map<std::string, std::string>(const CommandLine&)>;
  bool parse(int argc, char** argv, const Computed& computed = {});

  const boost::program_options::variables_map& values() const { return values_; }
  const std::vector<std::string>& positional() const { return positional_; }

  // Throws UsageError if the option has neither a value nor a default.
  template <class T>
  T get(const std::string& name) const {
    if (values_.count(name) == 0) throw UsageError("--" + name + " is needed");
    return values_[name].as<T>();
  }

  // Whether the user gave the option, in any of the sources.
  bool given(const std::string& name) const { return values_.count(name) != 0 && !values_[name].defaulted(); }

  bool on_command_line(const std::string& name) const {
    return given(name) && source(name).starts_with("--");
  }

  // Whether the user gave both, and not on the command line `other` alone, which then wins.
  bool clash(const std::string& name, const std::string& other) const {
    return given(name) && given(other) && (on_command_line(name) || !on_command_line(other));
  }

  // Of two options that exclude each other the one that is meant, "" if neither was given: what the command
  // line says wins over what the environment or a file says of the other. Throws UsageError where neither
  // wins.
  std::string one_of(const std::string& a, const std::string& b) const;

  // Where the user gave it, for messages: "--batch-size", "FAVRAS_BATCH_SIZE", "FILE line 3: batch-size".
  // Only for one that was given.
  const std::string& source(const std::string& name) const { return sources_.at(name); }

  // Every value that holds, defaults too, as text that --config takes back; without the positional words.
  // Throws UsageError for a value that such a file cannot hold, such as a path with a line break.
  std::string dump_config(const Computed& computed = {}) const;

 private:
  using Options = boost::program_options::options_description;

  Options command_options() const;
  std::string help() const;
  void read_arguments(int argc, char** argv, const Options& known);
  void read_environment(const Options& known);
  void read_config(const std::string& path, const Options& known);

  std::string command_;
  std::string summary_;
  std::string positional_help_;
  std::list<std::pair<std::string, Options>> groups_;  // with their headings; their addresses must stay
  boost::program_options::variables_map values_;
  std::map<std::string, std::string> sources_;
  std::vector<std::string> positional_;
};

}  // namespace favras::seq2seq
