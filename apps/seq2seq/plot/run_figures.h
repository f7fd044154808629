// Pictures of runs: one value over the training lines seen, one curve a run.
#pragma once

#include <string>
#include <vector>

#include "apps/seq2seq/plot/figure.h"
#include "apps/seq2seq/plot/run_history.h"
#include "apps/seq2seq/plot/run_labels.h"

namespace favras::seq2seq {

enum class RunValue { kValidationLoss, kLoss, kBothLosses, kAccuracy, kLearningRate, kThroughput };

// "validation_loss", "loss", "accuracy", "learning_rate", "throughput"; throws UsageError for another.
RunValue parse_run_value(const std::string& name);
// "validation loss", as in a sentence.
std::string spoken(RunValue value);
bool has_values(const RunHistory& run, RunValue value);

enum class LogAxis { kIfWide, kAlways };  // kIfWide: for losses that span more than two decades

// Runs without such values have no curve, but keep their colour free. With a logarithmic axis values that are
// not above zero are left out.
plot::Figure run_figure(const std::vector<RunHistory>& runs, const RunLabels& labels, RunValue value,
                        LogAxis log_axis = LogAxis::kIfWide);

}  // namespace favras::seq2seq
