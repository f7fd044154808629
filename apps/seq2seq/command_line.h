// The options of one command: read from the command line, the environment and a --config file.
#pragma once

#include <list>
#include <stdexcept>
#include <string>
#include <vector>

#include <boost/program_options.hpp>

namespace favras::seq2seq {

// The caller asked for something that cannot be meant; the program exits with status 2.
struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

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

  // Reads all sources; argv[0] is the command's name. False if the user asked for --help, --version or
  // --dump-config: it has been printed to standard output and nothing is left to do.
  // Throws UsageError, naming the option, where it comes from and what was expected.
  bool parse(int argc, char** argv);

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

  // Every value that holds, defaults too, as text that --config takes back; without the positional words.
  // Throws UsageError for a value that such a file cannot hold, such as a path with a line break.
  std::string dump_config() const;

 private:
  boost::program_options::options_description own_options() const;
  std::string help() const;
  void read_arguments(int argc, char** argv, const boost::program_options::options_description& all);
  void read_environment(const boost::program_options::options_description& known);
  void read_config(const std::string& path, const boost::program_options::options_description& known);

  std::string command_;
  std::string summary_;
  std::string positional_help_;
  std::list<boost::program_options::options_description> groups_;
  boost::program_options::variables_map values_;
  std::vector<std::string> positional_;
};

}  // namespace favras::seq2seq
