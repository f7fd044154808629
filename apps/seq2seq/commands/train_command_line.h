// The options of seq2seq train, and the settings that follow from them, for it and for those that run it.
#pragma once

#include "apps/seq2seq/command_line/command_line.h"
#include "apps/seq2seq/training/run_directory.h"
#include "apps/seq2seq/training/train_options.h"

namespace favras::seq2seq {

CommandLine train_command_line();

// The data directory is kept absolute: evaluate finds it again from any working directory. Throws UsageError
// naming where a value that will not do was given.
Values given_values(const CommandLine& line);
// What the run has been trained with: config.ini, but for what may not change freely, where the newest
// checkpoint counts. The two differ when a change was allowed and the process killed before its next save.
Values recorded_values(const RunDirectory& run);
// The same as texts, for --dump-config. While there are no data yet, they are taken to be text.
Values values_that_hold(const CommandLine& line);

}  // namespace favras::seq2seq
