// The options of seq2seq train, for it and for those that run it.
#pragma once

#include "apps/seq2seq/command_line/command_line.h"

namespace favras::seq2seq {

CommandLine train_command_line();

}  // namespace favras::seq2seq
