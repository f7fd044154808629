// The text of a --config file: one `name = value` a line; # starts a comment at the start of a line or after
// white space; empty lines mean nothing.
#pragma once

#include <string>
#include <vector>

namespace favras::seq2seq {

struct ConfigEntry {
  std::string name;
  std::string value;
  int line;  // from 1
};

// Throws UsageError if the file cannot be read, or naming the line that is not `name = value`.
std::vector<ConfigEntry> read_config_file(const std::string& path);

// One line with its line end. Throws UsageError for a value that would not come back the same: one with a
// line break, with white space at an end, or with '#' behind white space or at its start.
std::string config_line(const std::string& name, const std::string& value);

}  // namespace favras::seq2seq
