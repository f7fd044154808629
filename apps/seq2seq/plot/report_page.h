// A page of HTML on runs that stands alone: pictures, states, times, settings, examples. It loads nothing,
// runs no script, is as readable in the dark as in the light and on paper, and equal runs give equal bytes.
#pragma once

#include <string>
#include <vector>

#include "apps/seq2seq/plot/run_history.h"

namespace favras::seq2seq {

// `hyper_parameters`: the settings that may tell runs apart (run_labels.h). At least one run.
std::string report_page(const std::vector<RunHistory>& runs,
                        const std::vector<std::string>& hyper_parameters);

}  // namespace favras::seq2seq
