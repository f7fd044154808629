#include "apps/seq2seq/mail/mail_watcher.h"

#include <algorithm>
#include <array>
#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <unistd.h>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "apps/mailer/durable_file.h"
#include "apps/seq2seq/console.h"
#include "apps/seq2seq/run_log.h"
#include "apps/seq2seq/signal_mask.h"
#include "engine/storage/sha256.h"

namespace favras::seq2seq {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kLastTry{20};

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "an unnamed host";
}

void report(const std::string& text) { tell(stderr, text + '\n'); }

// The lines of log.txt since the last epoch's end.
std::string lines_of_epoch(const fs::path& log) {
  std::ifstream file(log);
  std::string lines;
  bool in_header = true;
  for (std::string line; std::getline(file, line);) {
    if (in_header) {  // up to the first empty line
      in_header = !line.empty();
      continue;
    }
    lines += line + '\n';
    if (line.starts_with("Current accuracy")) lines.clear();
  }
  return lines.starts_with('\n') ? lines.substr(1) : lines;
}

}  // namespace

MailWatcher::MailWatcher(const MailSettings& settings, const TrainOptions& options, const RunDirectory& run)
    : settings_(settings), run_(run) {
  const fs::path directory = fs::absolute(options.run).lexically_normal();
  story_.options = options;
  story_.run = (directory.has_filename() ? directory : directory.parent_path()).filename().string();
  story_.host = host_name();
  if (settings_.smtp)
    sender_.emplace(mailer::Spool(run_.root / "mail", report),
                    std::make_unique<mailer::SmtpClient>(*settings_.smtp), report);
  else
    mailer::create_private_directory(settings_.dry_run);
  if (settings_.occasions.stalled.count() > 0 || settings_.occasions.digest.count() > 0)
    timer_ = without_signals([this] { return std::thread([this] { keep_time(); }); });
}

MailWatcher::~MailWatcher() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  if (timer_.joinable()) timer_.join();
  if (sender_) sender_->finish(kLastTry);
}

void MailWatcher::line(const std::string& text) {
  const std::lock_guard lock(mutex_);
  if (text != format_header(story_.options)) story_.log += text + '\n';
}

void MailWatcher::event(const boost::json::object& event) {
  bool is_mailed = false;
  {
    const std::lock_guard lock(mutex_);
    last_news_ = Clock::now();
    stalled_ = false;
    is_mailed = is_occasion(event);
    remember(event);
  }
  if (is_mailed) send(event, mailer::Urgency::kCritical);
  const std::lock_guard lock(mutex_);
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
  if (kind == "progress") story_.progress = event;
  if (kind == "epoch") story_.epochs.push_back(event);
  if (kind != "started" && kind != "resumed") return;
  story_.epochs_in_all = event.at("epochs").to_number<std::int64_t>();
  story_.batches = event.at("batches").to_number<std::int64_t>();
  read_past(event);
}

// What was logged before this process took the run over; its first event names the thread of all its mails.
void MailWatcher::read_past(const boost::json::object& event) {
  story_.epochs.clear();
  story_.progress.clear();
  story_.log = lines_of_epoch(run_.log());
  std::string first;
  std::ifstream file(run_.events());
  for (std::string line; std::getline(file, line);) {
    boost::json::error_code error;
    const boost::json::value past = boost::json::parse(line, error);
    if (error || !past.is_object() || !past.get_object().contains("event")) continue;
    if (first.empty()) first = line;
    const boost::json::value& kind = past.at("event");
    if (kind == "epoch") story_.epochs.push_back(past.get_object());
    if (kind == "progress") story_.progress = past.get_object();
  }
  if (first.empty()) first = boost::json::serialize(event);  // the disk is full
  thread_name_ = fmt::format("run-{:016x}", sha256_prefix(first));
}

void MailWatcher::failed(const std::string& reason) {
  if (settings_.occasions.events.contains("failed"))
    send({{"event", "failed"}, {"reason", reason}}, mailer::Urgency::kCritical);
}

void MailWatcher::send(const boost::json::object& event, mailer::Urgency urgency) {
  mailer::Message message;
  {
    const std::lock_guard lock(mutex_);
    MailText text = write_mail(event, story_);
    message = {.from = settings_.from,
               .to = settings_.to,
               .subject = std::move(text.subject),
               .text = std::move(text.text),
               .html = std::move(text.html),
               .thread = thread_name_};
  }
  if (sender_) return sender_->post(std::move(message), urgency);
  try {
    mailer::stamp(message);
    const fs::path path = fs::path(settings_.dry_run) / (message.id.substr(0, message.id.find('@')) + ".eml");
    mailer::write_new_file(path.string() + ".tmp", path, mailer::compose(message));
  } catch (const std::exception& error) {
    report(fmt::format("a mail could not be written: {}", error.what()));
  }
}

void MailWatcher::keep_time() {
  const auto seconds_of = [](Clock::duration span) {
    return std::chrono::duration_cast<std::chrono::seconds>(span).count();
  };
  const auto [stalled, digest] = std::pair(settings_.occasions.stalled, settings_.occasions.digest);
  std::unique_lock lock(mutex_);
  while (!ending_) {
    const auto now = Clock::now();
    auto next = now + std::chrono::hours(1);
    if (stalled.count() > 0 && !stalled_) next = std::min(next, last_news_ + stalled);
    if (digest.count() > 0) next = std::min(next, last_digest_ + digest);
    if (changed_.wait_until(lock, next, [&] { return ending_; })) return;
    boost::json::object event;
    mailer::Urgency urgency = mailer::Urgency::kCritical;
    if (stalled.count() > 0 && !stalled_ && Clock::now() >= last_news_ + stalled) {
      stalled_ = true;
      event = {{"event", "stalled"}, {"seconds", seconds_of(Clock::now() - last_news_)}};
    } else if (digest.count() > 0 && Clock::now() >= last_digest_ + digest) {
      last_digest_ = Clock::now();
      event = {{"event", "digest"}, {"seconds", digest.count()}};
      urgency = mailer::Urgency::kDigest;
    } else {
      continue;
    }
    lock.unlock();
    send(event, urgency);
    lock.lock();
  }
}

}  // namespace favras::seq2seq
