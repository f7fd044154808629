#include "apps/seq2seq/plot/run_history.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <istream>
#include <stdexcept>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "apps/seq2seq/command_line/config_file.h"
#include "apps/seq2seq/command_line/usage_error.h"
#include "apps/seq2seq/data/files.h"
#include "apps/seq2seq/training/run_directory.h"

namespace favras::seq2seq {

namespace {

namespace json = boost::json;
using State = RunHistory::State;

// Numbers beyond these mean nothing, and nothing has to reckon with them.
constexpr double kLargest = 1e15, kSmallest = 1e-100;

std::optional<double> number(const json::object& event, const char* name) {
  const json::value* const value = event.if_contains(name);
  if (!value || !value->is_number()) return std::nullopt;
  const double number = value->to_number<double>();
  if (!(std::abs(number) <= kLargest)) return std::nullopt;
  return std::abs(number) < kSmallest ? 0 : number;
}

double number_or_zero(const json::object& event, const char* name) { return number(event, name).value_or(0); }

std::int64_t count(const json::object& event, const char* name) {
  return static_cast<std::int64_t>(std::max(number_or_zero(event, name), 0.0));
}

std::string text(const json::object& event, const char* name) {
  const json::value* const value = event.if_contains(name);
  return value && value->is_string() ? std::string(value->get_string()) : "";
}

bool is_true(const json::object& event, const char* name) {
  const json::value* const value = event.if_contains(name);
  return value && value->is_bool() && value->get_bool();
}

// After a rollback the same lines come again, and what they gave then is what holds.
template <class Row>
void add(std::vector<Row>& rows, Row row) {
  while (!rows.empty() && rows.back().lines_seen >= row.lines_seen) rows.pop_back();
  rows.push_back(std::move(row));
}

void take_progress(RunHistory& run, const json::object& event) {
  const auto lines = number(event, "lines_seen");
  if (!lines) return;
  add(run.progress, {count(event, "step"), *lines, number(event, "loss"), number(event, "validation_loss"),
                     number(event, "learning_rate"), number(event, "lines_per_second")});
}

std::vector<RunHistory::Example> examples_of(const json::object& event) {
  std::vector<RunHistory::Example> examples;
  const json::value* const list = event.if_contains("examples");
  if (!list || !list->is_array()) return {};
  for (const json::value& entry : list->get_array())
    if (const json::object* const example = entry.if_object())
      examples.push_back({text(*example, "noisy"), text(*example, "output"), text(*example, "clean")});
  return examples;
}

void take_epoch(RunHistory& run, const json::object& event) {
  const auto lines = number(event, "lines_seen");
  if (!lines) return;
  add(run.epochs, {count(event, "epoch"), count(event, "step"), *lines, number(event, "accuracy"),
                   number(event, "do_nothing_accuracy"), is_true(event, "best")});
  if (auto examples = examples_of(event); !examples.empty()) run.examples = std::move(examples);
}

void take_save(RunHistory& run, const json::object& event) {
  ++run.saves;
  const double stall = number_or_zero(event, "stall_seconds");
  run.stall_seconds += stall;
  run.longest_stall_seconds = std::max(run.longest_stall_seconds, stall);
  run.save_seconds += number_or_zero(event, "save_seconds");
  run.checkpoint_bytes = number_or_zero(event, "bytes");
}

void take(RunHistory& run, const json::object& event) {
  const std::string kind = text(event, "event");
  const std::string time = text(event, "time");
  if (run.started.empty()) run.started = time;
  if (!time.empty()) run.last_event = time;
  run.seconds = std::max(run.seconds, number_or_zero(event, "seconds"));
  if (kind == "progress") return take_progress(run, event);
  if (kind == "epoch") return take_epoch(run, event);
  if (kind == "saved") return take_save(run, event);
  if (kind == "save_failed") ++run.failed_saves;
  if (kind == "resumed") ++run.resumed;
  if (kind == "rolled_back") ++run.rolled_back;
  if (kind == "started" || kind == "resumed" || kind == "rolled_back") run.state = State::kUnderWay;
  if (kind == "diverged") run.state = State::kDiverged;
  if (kind == "finished") run.state = is_true(event, "early") ? State::kStoppedEarly : State::kFinished;
  if (kind == "interrupted") {
    run.state = State::kInterrupted;
    run.reason = text(event, "reason");
  }
}

std::map<std::string, std::string> settings_of(const std::filesystem::path& config) {
  std::map<std::string, std::string> settings;
  try {
    for (const ConfigEntry& entry : read_config_file(config.string())) settings[entry.name] = entry.value;
  } catch (const UsageError&) {
    return {};  // its curves can be shown all the same
  }
  return settings;
}

}  // namespace

std::string RunHistory::name() const {
  const std::filesystem::path given = std::filesystem::path(path).lexically_normal();
  const std::string last = (given.has_filename() ? given : given.parent_path()).filename().string();
  return last.empty() || last == "." || last == ".." ? path : last;
}

RunHistory read_events(std::istream& stream) {
  RunHistory run;
  for (std::string line; std::getline(stream, line);) {
    json::error_code problem;
    const json::value event = json::parse(line, problem);
    if (!problem && event.is_object())
      take(run, event.get_object());
    else if (!stream.eof())
      ++run.damaged_lines;
  }
  return run;
}

RunHistory read_run(const std::filesystem::path& directory) {
  const RunDirectory files{directory};
  if (!is_directory(directory))
    throw std::runtime_error(fmt::format("{}: no such run directory", directory.string()));
  if (!exists(files.events()))
    throw std::runtime_error(
        fmt::format("{} holds no events.jsonl: name the directory that train --run got", directory.string()));
  std::ifstream stream = open_for_reading(files.events());
  RunHistory run = read_events(stream);
  require_read(stream, files.events());
  run.path = directory.string();
  run.settings = settings_of(files.config());
  return run;
}

}  // namespace favras::seq2seq
