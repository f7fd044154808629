// correct --attention: what the model looks at while it writes a line.
#pragma once

#include <string>

#include "apps/seq2seq/commands/model_options.h"

namespace favras::seq2seq {

// The line as the model reads it and its best output for it, as SVG. Throws std::runtime_error for what
// cannot be drawn: a model without attention, text that is too long or not read as one piece.
std::string attention_picture(const RunModel& run, const CorrectorOptions& options, const std::string& line);

}  // namespace favras::seq2seq
