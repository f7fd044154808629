// Who hears of a training, by the options of its command.
#pragma once

#include <optional>

#include "apps/seq2seq/command_line/command_line.h"
#include "apps/seq2seq/mail/mail_settings.h"
#include "apps/seq2seq/training/run_watcher.h"
#include "apps/seq2seq/training/train_options.h"
#include "engine/storage/run_lock.h"

namespace favras::seq2seq {

// mail: of the same command line, nothing for none.
RunWatchers make_watchers(const CommandLine& line, const std::optional<MailSettings>& mail,
                          const TrainOptions& options, const RunLock& lock);

}  // namespace favras::seq2seq
