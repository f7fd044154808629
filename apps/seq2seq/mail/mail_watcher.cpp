#include "apps/seq2seq/mail/mail_watcher.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "apps/mailer/durable_file.h"
#include "apps/seq2seq/io/console.h"
#include "apps/seq2seq/io/signal_mask.h"
#include "apps/seq2seq/training/run_log.h"
#include "engine/storage/host_name.h"
#include "engine/storage/sha256.h"

namespace favras::seq2seq {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kLastTry{20};

void report(const std::string& text) { tell(stderr, text + '\n'); }

// The lines of log.txt for each epoch, the last of which has not come to its end.
std::vector<std::string> epochs_of(const fs::path& log) {
  std::ifstream file(log);
  std::vector<std::string> epochs(1);
  bool in_header = true;
  for (std::string line; std::getline(file, line);) {
    if (in_header) {  // up to the first empty line
      in_header = !line.empty();
      continue;
    }
    if (line.empty() && epochs.back().empty()) continue;
    epochs.back() += line + '\n';
    if (!line.starts_with("Current accuracy")) continue;
    epochs.back() += '\n';
    epochs.emplace_back();
  }
  return epochs;
}

}  // namespace

MailWatcher::MailWatcher(const MailSettings& settings, const TrainOptions& options, const RunDirectory& run)
    : settings_(settings), run_(run), spool_(fs::path(options.run) / "mail") {
  const fs::path directory = fs::absolute(options.run).lexically_normal();
  story_.options = options;
  story_.run = (directory.has_filename() ? directory : directory.parent_path()).filename().string();
  story_.host = host_name();
  if (settings_.smtp) {
    mailer::Spool spool(run_.root / "mail", report);
    mailed_.emplace(spool.directory() / "mailed-epoch");
    sender_.emplace(std::move(spool), std::make_unique<mailer::SmtpClient>(*settings_.smtp), report,
                    [this](const std::string& failure) { report_server(failure); });
  } else {
    mailer::create_private_directory(settings_.dry_run);
  }
  composer_ = without_signals([this] { return std::thread([this] { work(); }); });
}

MailWatcher::~MailWatcher() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  composer_.join();
  if (!sender_) return;
  const std::size_t waiting = sender_->finish(kLastTry);
  mailed_->forget();
  if (waiting != 0)
    report(fmt::format("{} {} in {}, for the next start or mailer flush --spool {}", waiting,
                       waiting == 1 ? "mail waits" : "mails wait", spool_.string(), spool_.string()));
}

// Called by the sender's threads.
void MailWatcher::report_server(const std::string& failure) const {
  const auto& [tls, user, host, port] = settings_.smtp->server;
  if (failure.empty()) return report(fmt::format("Mail is sent by {} port {} now.", host, port));
  report(fmt::format(
      "Mail cannot be sent by {} port {}: {}. It waits in {} and is tried again; mailer test, with "
      "the same options, shows each step.",
      host, port, failure, spool_.string()));
}

void MailWatcher::line(const std::string& text) {
  const std::lock_guard lock(mutex_);
  if (text != format_header(story_.options)) story_.log += text + '\n';
}

void MailWatcher::event(const boost::json::object& event) {
  const std::lock_guard lock(mutex_);
  last_news_ = Clock::now();
  stalled_ = false;
  const bool is_mailed = is_occasion(event);
  remember(event);
  if (is_mailed) put(event);
  if (event.at("event") == "epoch") story_.log.clear();
}

bool MailWatcher::is_occasion(const boost::json::object& event) const {
  const std::string kind(event.at("event").as_string());
  const std::set<std::string>& events = settings_.occasions.events;
  if (kind == "epoch" && events.contains("best") && event.at("best").as_bool()) return true;
  // Of saves that fail one after the other, the first is news.
  return events.contains(kind) && !(kind == "save_failed" && saving_fails_);
}

void MailWatcher::remember(const boost::json::object& event) {
  const std::string kind(event.at("event").as_string());
  if (kind == "saved") saving_fails_ = false;
  if (kind == "save_failed") saving_fails_ = true;
  if (kind == "progress") note_progress(event);
  if (kind == "epoch") story_.epochs.push_back(event);
  if (kind != "started" && kind != "resumed") return;
  story_.epochs_in_all = event.at("epochs").to_number<std::int64_t>();
  story_.batches = event.at("batches").to_number<std::int64_t>();
  read_past(event);
}

void MailWatcher::note_progress(const boost::json::object& event) {
  story_.progress = event;
  const boost::json::value* const loss = event.if_contains("validation_loss");
  const boost::json::value* const lines = event.if_contains("lines_seen");
  if (loss && loss->is_number() && lines && lines->is_number())
    story_.losses.push_back({lines->to_number<double>(), loss->to_number<double>()});
}

// What was logged before this process took the run over; its first event names the thread of all its mails.
void MailWatcher::read_past(const boost::json::object& event) {
  story_.epochs.clear();
  story_.progress.clear();
  story_.losses.clear();
  std::vector<std::string> epochs_of_log = epochs_of(run_.log());
  story_.log = epochs_of_log.back();
  epochs_of_log.pop_back();
  std::string first;
  std::ifstream file(run_.events());
  for (std::string line; std::getline(file, line);) {
    boost::json::error_code error;
    const boost::json::value past = boost::json::parse(line, error);
    if (error || !past.is_object() || !past.get_object().contains("event")) continue;
    if (first.empty()) first = line;
    const boost::json::value& kind = past.at("event");
    if (kind == "epoch") story_.epochs.push_back(past.get_object());
    if (kind == "progress") note_progress(past.get_object());
  }
  if (first.empty()) first = boost::json::serialize(event);  // the disk is full
  story_.thread = fmt::format("run-{:016x}", sha256_prefix(first));
  if (mailed_ && !std::exchange(made_up_, true)) make_up_for_a_kill(epochs_of_log);
}

// The checkpoint may be older than the mail, but the mail also younger than the checkpoint.
void MailWatcher::make_up_for_a_kill(const std::vector<std::string>& epochs_of_log) {
  const std::vector<boost::json::object>& epochs = story_.epochs;
  const std::int64_t last = epochs.empty() ? 0 : epochs.back().at("epoch").to_number<std::int64_t>();
  const std::int64_t safe = mailed_->left_behind().value_or(last);
  for (std::size_t i = 0; i < epochs.size(); ++i) {
    if (epochs[i].at("epoch").to_number<std::int64_t>() <= safe || !is_occasion(epochs[i])) continue;
    Due due{epochs[i], story_, mailer::Urgency::kCritical};
    due.story.log = epochs_of_log.size() == epochs.size() ? epochs_of_log[i] : "";
    due_.push_back(std::move(due));
  }
  try {
    if (!mailed_->left_behind()) mailed_->note(last);
  } catch (const std::exception& error) {
    report(error.what());
  }
  changed_.notify_all();
}

void MailWatcher::failed(const std::string& reason) {
  const std::lock_guard lock(mutex_);
  if (settings_.occasions.events.contains("failed")) put({{"event", "failed"}, {"reason", reason}});
}

// With the lock held.
void MailWatcher::put(boost::json::object event, mailer::Urgency urgency) {
  due_.push_back({std::move(event), story_, urgency});
  changed_.notify_all();
}

void MailWatcher::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait_until(lock, next_time(), [&] { return ending_ || !due_.empty(); });
    if (!ending_) look_at_the_clock();
    while (!due_.empty()) {
      const Due due = std::move(due_.front());
      due_.pop_front();
      lock.unlock();
      send(due);
      lock.lock();
    }
    if (ending_) return;
  }
}

MailWatcher::Clock::time_point MailWatcher::next_time() const {
  auto next = Clock::now() + std::chrono::hours(1);
  const auto [events, stalled, digest] = settings_.occasions;
  if (stalled.count() > 0 && !stalled_) next = std::min(next, last_news_ + stalled);
  if (digest.count() > 0) next = std::min(next, last_digest_ + digest);
  return next;
}

void MailWatcher::look_at_the_clock() {
  const auto now = Clock::now();
  const auto [events, stalled, digest] = settings_.occasions;
  if (stalled.count() > 0 && !stalled_ && now >= last_news_ + stalled) {
    stalled_ = true;
    put({{"event", "stalled"},
         {"seconds", std::chrono::duration_cast<std::chrono::seconds>(now - last_news_).count()}});
  }
  if (digest.count() > 0 && now >= last_digest_ + digest) {
    last_digest_ = now;
    put({{"event", "digest"}, {"seconds", digest.count()}}, mailer::Urgency::kDigest);
  }
}

// What to do once the event's mail is safe.
std::function<void()> MailWatcher::note_of(const boost::json::object& event) const {
  if (event.at("event") != "epoch") return {};
  return [this, epoch = event.at("epoch").to_number<std::int64_t>()] { mailed_->note(epoch); };
}

void MailWatcher::send(const Due& due) {
  try {
    MailText text = write_mail(due.event, due.story);
    mailer::Message message{.from = settings_.from,
                            .to = settings_.to,
                            .subject = std::move(text.subject),
                            .text = std::move(text.text),
                            .html = std::move(text.html),
                            .picture = std::move(text.picture),
                            .thread = due.story.thread};
    if (sender_) return sender_->post(std::move(message), due.urgency, note_of(due.event));
    mailer::stamp(message);
    const fs::path path = fs::path(settings_.dry_run) / (message.id.substr(0, message.id.find('@')) + ".eml");
    mailer::write_new_file(path.string() + ".tmp", path, mailer::compose(message));
  } catch (const std::exception& error) {
    report(fmt::format("a mail could not be written: {}", error.what()));
  }
}

}  // namespace favras::seq2seq
