#include "apps/seq2seq/watchers/prometheus_watcher.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <system_error>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "engine/storage/file.h"

namespace favras::seq2seq {
namespace {

struct Metric {
  const char* key;  // in events.jsonl
  const char* name;
  const char* help;
};

constexpr std::array kMetrics{
    Metric{"step", "favras_step", "Optimizer steps taken."},
    Metric{"epoch", "favras_epoch", "The epoch under way, from 1."},
    Metric{"lines_seen", "favras_lines_seen", "Training lines seen, over all epochs and resumptions."},
    Metric{"loss", "favras_loss", "Mean training loss of a character since the log line before."},
    Metric{"validation_loss", "favras_validation_loss", "Mean validation loss of a character."},
    Metric{"accuracy", "favras_accuracy", "Share of exact validation lines after the last epoch."},
    Metric{"learning_rate", "favras_learning_rate", "Of the last step."},
    Metric{"lines_per_second", "favras_lines_per_second",
           "Training lines a second since the log line before."},
    Metric{"seconds", "favras_trained_seconds", "Time trained, over all resumptions."},
    Metric{"last_progress", "favras_last_progress_timestamp_seconds", "When something was last logged."},
    Metric{"running", "favras_running", "1 while the training goes on, 0 when it has ended."},
    Metric{"mails_waiting", "favras_mails_waiting", "Mails that no server has taken yet."}};

std::string label(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\\' || c == '"') escaped += '\\';
    escaped += c == '\n' ? std::string("\\n") : std::string(1, c);
  }
  return escaped;
}

}  // namespace

PrometheusWatcher::PrometheusWatcher(std::filesystem::path file, std::string run,
                                     std::function<std::size_t()> mails_waiting)
    : file_(std::move(file)), run_(std::move(run)), mails_waiting_(std::move(mails_waiting)) {
  if (is_directory(file_))
    throw std::system_error(EISDIR, std::generic_category(), fmt::format("'{}'", file_.string()));
  write();
}

void PrometheusWatcher::take(const boost::json::object& event, const char* key) {
  const boost::json::value* const value = event.if_contains(key);
  if (value && value->is_number()) values_[key] = value->to_number<double>();
}

void PrometheusWatcher::event(const boost::json::object& event) {
  for (const Metric& metric : kMetrics) take(event, metric.key);
  values_["last_progress"] = static_cast<double>(
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch())
          .count());
  const boost::json::string& kind = event.at("event").as_string();
  is_running_ = kind != "finished" && kind != "interrupted" && kind != "diverged";
  try_to_write();
}

void PrometheusWatcher::failed(const std::string& /*reason*/) {
  is_running_ = false;
  try_to_write();
}

void PrometheusWatcher::try_to_write() const {
  try {
    write();
  } catch (const std::system_error&) {  // the next one says more
  }
}

std::string PrometheusWatcher::text() const {
  std::map<std::string, double> values = values_;
  values["running"] = is_running_ ? 1.0 : 0.0;
  values["mails_waiting"] = static_cast<double>(mails_waiting_());
  std::string text;
  for (const Metric& metric : kMetrics)
    if (const auto value = values.find(metric.key); value != values.end())
      text += fmt::format("# HELP {0} {1}\n# TYPE {0} gauge\n{0}{{run=\"{2}\"}} {3}\n", metric.name,
                          metric.help, label(run_), value->second);
  return text;
}

// Whoever reads sees the old file or the new one. It is not synced: after a power cut it means nothing.
void PrometheusWatcher::write() const {
  const std::filesystem::path temporary = file_.string() + ".tmp";
  File file(temporary, O_WRONLY | O_CREAT | O_TRUNC);
  file.write(text());
  file.close();
  std::filesystem::rename(temporary, file_);
}

}  // namespace favras::seq2seq
