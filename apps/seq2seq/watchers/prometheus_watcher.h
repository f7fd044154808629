// How a training stands, for Prometheus: a file in its text format that node_exporter's textfile collector
// reads, replaced as a whole whenever there is news.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>

#include "apps/seq2seq/training/run_watcher.h"

namespace favras::seq2seq {

class PrometheusWatcher : public RunWatcher {
 public:
  // `run` labels every value; mails_waiting is asked each time. Throws std::system_error if the file cannot
  // be written; later failures cost the news alone.
  PrometheusWatcher(std::filesystem::path file, std::string run, std::function<std::size_t()> mails_waiting);

  void event(const boost::json::object& event) override;
  void failed(const std::string& reason) override;

 private:
  void take(const boost::json::object& event, const char* key);
  std::string text() const;
  void write() const;
  void try_to_write() const;

  const std::filesystem::path file_;
  const std::string run_;
  const std::function<std::size_t()> mails_waiting_;
  std::map<std::string, double> values_;  // by the names of events.jsonl
  bool is_running_ = true;
};

}  // namespace favras::seq2seq
