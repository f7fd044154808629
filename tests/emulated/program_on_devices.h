// The program with its CUDA back end emulated, on a network that learns to sort in a few seconds.
#pragma once

#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include "tests/apps/seq2seq/program.h"
#include "tests/apps/seq2seq/run_files.h"

namespace favras::test {

using Changes = std::map<std::string, std::string>;

inline constexpr int kEpochs = 8, kBatches = 15;  // of 32 lines, in an epoch

// The usual options on that device, and more.
inline Changes on(const std::string& device, const Changes& more = {}) {
  Changes options{{"device", device},
                  {"rnn-size", "16"},
                  {"encoding-embedding-size", "8"},
                  {"decoding-embedding-size", "8"},
                  {"learning-rate", "0.02"},
                  {"batch-size", "32"},
                  {"epochs", std::to_string(kEpochs)},
                  {"log-every", "5"}};
  for (const auto& [name, value] : more) options[name] = value;
  return options;
}

// A field of every event of that kind.
inline std::vector<double> numbers_of(const std::filesystem::path& run, const std::string& kind,
                                      const std::string& field) {
  std::vector<double> numbers;
  std::istringstream lines(events_of(run, kind));
  for (std::string line; std::getline(lines, line);)
    numbers.push_back(boost::json::parse(line).at(field).to_number<double>());
  return numbers;
}

inline double last_validation_loss(const std::filesystem::path& run) {
  return numbers_of(run, "progress", "validation_loss").back();
}

}  // namespace favras::test
