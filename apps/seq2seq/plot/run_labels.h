// What tells runs apart: the settings that differ between them, or their names.
#pragma once

#include <string>
#include <vector>

#include "apps/seq2seq/plot/run_history.h"

namespace favras::seq2seq {

// Those of the settings, in their order, that do not have the same value in all runs. A setting that a run
// does not have counts as a value of its own. Of `data` the last path component counts.
std::vector<std::string> differing_settings(const std::vector<RunHistory>& runs,
                                            const std::vector<std::string>& settings);

struct RunLabels {
  std::vector<std::string> labels;  // one a run, no two alike
  std::vector<std::string> names;  // of the settings that they are made of: "batch size"; none: names of runs
  // The labels hold values only, in the order of the names: "128 / 512 / cosine".
  bool values_only = false;
};

RunLabels label_runs(const std::vector<RunHistory>& runs, const std::vector<std::string>& settings);

}  // namespace favras::seq2seq
