// What plot and report share: the runs that are named, what may tell them apart, and the file that is made.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "apps/seq2seq/command_line/command_line.h"
#include "apps/seq2seq/plot/run_history.h"

namespace favras::seq2seq {

// Of the positional words. Damaged lines are named on standard error and left out. Throws UsageError if no
// run is named or one twice, std::runtime_error as read_run does.
std::vector<RunHistory> read_runs(const CommandLine& command_line);

// The settings that a resumed run must keep, and data and epochs.
std::vector<std::string> hyper_parameters();

// --output, where a file is or may be; of a link, the file that it leads to. Throws UsageError.
std::filesystem::path output_file(const CommandLine& command_line);
// As a whole or not at all. Throws std::system_error.
void write_whole(const std::filesystem::path& file, std::string_view bytes);

}  // namespace favras::seq2seq
