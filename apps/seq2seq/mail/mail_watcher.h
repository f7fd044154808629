// Mails about a training, composed and sent by threads of their own while it goes on.
#pragma once

#include <condition_variable>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "apps/mailer/sender.h"
#include "apps/seq2seq/mail/mail_settings.h"
#include "apps/seq2seq/mail/mail_text.h"
#include "apps/seq2seq/mail/mailed_epochs.h"
#include "apps/seq2seq/training/run_directory.h"
#include "apps/seq2seq/training/run_watcher.h"

namespace favras::seq2seq {

class MailWatcher : public RunWatcher {
 public:
  // Mail waits in RUN/mail until the server has it; what waits there from before goes out at once, and so do
  // the mails of those epochs that the run has and a kill came too early for. A server
  // that cannot be had is told on standard error, and that it can be had again. `run` is a path that follows
  // the directory wherever it is moved. Throws std::runtime_error if the directory for the mail cannot be
  // made.
  MailWatcher(const MailSettings& settings, const TrainOptions& options, const RunDirectory& run);
  // Tries once more to send what waits, for at most 20 seconds, and says how much waits still.
  ~MailWatcher() override;

  void line(const std::string& text) override;
  void event(const boost::json::object& event) override;
  void failed(const std::string& reason) override;

 private:
  using Clock = std::chrono::steady_clock;

  void remember(const boost::json::object& event);
  void note_progress(const boost::json::object& event);
  void read_past(const boost::json::object& event);
  void make_up_for_a_kill(const std::vector<std::string>& epochs_of_log);
  bool is_occasion(const boost::json::object& event) const;
  struct Due {
    boost::json::object event;
    MailStory story;
    mailer::Urgency urgency;
  };
  void put(boost::json::object event, mailer::Urgency urgency = mailer::Urgency::kCritical);
  void work();  // the thread: what is due, stalls and digests
  void look_at_the_clock();
  Clock::time_point next_time() const;
  std::function<void()> note_of(const boost::json::object& event) const;
  void send(const Due& due);
  void report_server(const std::string& failure) const;

  const MailSettings settings_;
  const RunDirectory run_;
  const std::filesystem::path spool_;   // as people know it
  std::optional<MailedEpochs> mailed_;  // neither for a dry run
  std::optional<mailer::Sender> sender_;
  mutable std::mutex mutex_;  // of what follows
  std::condition_variable changed_;
  MailStory story_;
  std::deque<Due> due_;
  bool saving_fails_ = false, ending_ = false, stalled_ = false, made_up_ = false;
  Clock::time_point last_news_ = Clock::now(), last_digest_ = Clock::now();
  std::thread composer_;
};

}  // namespace favras::seq2seq
