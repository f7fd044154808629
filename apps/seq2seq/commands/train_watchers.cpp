#include "apps/seq2seq/commands/train_watchers.h"

#include <filesystem>

#include <fmt/format.h>

#include "apps/seq2seq/data/quantity.h"
#include "apps/seq2seq/io/console.h"
#include "apps/seq2seq/mail/mail_watcher.h"
#include "apps/seq2seq/watchers/command_watcher.h"
#include "apps/seq2seq/watchers/prometheus_watcher.h"
#include "apps/seq2seq/watchers/tensorboard_watcher.h"

namespace favras::seq2seq {
namespace {

std::size_t mails_in(const std::filesystem::path& spool) {
  std::error_code error;
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(spool, error))
    count += entry.path().extension() == ".mail";
  return count;
}

std::string note_of_mail(std::size_t waiting) {
  return fmt::format(
      "note: this run has mailed before, and options of mail are not kept with a run: without --mail-to "
      "none goes out{}\n",
      waiting == 0 ? "" : fmt::format(" ({} waiting)", quantity(waiting, "mail")));
}

}  // namespace

RunWatchers make_watchers(const CommandLine& line, const std::optional<MailSettings>& mail,
                          const TrainOptions& options, const RunLock& lock) {
  RunWatchers watchers;
  const RunDirectory run{lock.fixed_path()};
  if (mail)
    watchers.push_back(std::make_unique<MailWatcher>(*mail, options, run));
  else if (exists(run.root / "mail"))
    tell(stderr, note_of_mail(mails_in(run.root / "mail")));
  if (line.given("tensorboard"))
    watchers.push_back(std::make_unique<TensorboardWatcher>(line.get<std::string>("tensorboard")));
  if (line.given("prometheus-textfile"))
    watchers.push_back(std::make_unique<PrometheusWatcher>(
        line.get<std::string>("prometheus-textfile"), lock.directory().filename().string(),
        [spool = run.root / "mail"] { return mails_in(spool); }));
  if (line.given("on-event"))
    watchers.push_back(std::make_unique<CommandWatcher>(line.get<std::string>("on-event")));
  return watchers;
}

}  // namespace favras::seq2seq
