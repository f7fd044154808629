#include "apps/seq2seq/supervisor/supervisor.h"

#include <algorithm>
#include <array>
#include <poll.h>
#include <utility>

#include <boost/json.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include "apps/seq2seq/data/utf8.h"
#include "apps/seq2seq/io/console.h"
#include "apps/seq2seq/io/progress.h"

namespace favras::seq2seq {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds kLongestPause = 5min;
constexpr std::chrono::steady_clock::duration kShortestTick = 50ms;

void say(const std::string& text) { tell(stderr, fmt::format("seq2seq supervise: {}\n", text)); }

// Paths and messages may be anything; JSON is UTF-8.
std::string valid(const std::string& text) { return encode_utf8(decode_utf8(text)); }

boost::json::value step_of(const std::optional<std::uint64_t>& step) {
  return step ? boost::json::value(*step) : boost::json::value();
}

}  // namespace

Supervisor::Supervisor(SuperviseOptions options) : options_(std::move(options)), folder_(options_.run) {
  if (!options_.on_event.empty()) event_command_.emplace(options_.on_event);
}

int Supervisor::run() {
  const Ending ending = supervise();
  folder_.write_what_is_kept();
  if (event_command_) inbox_.let_go();  // while it is still told: whoever does not want to wait need not
  event_command_.reset();
  return ending.status;
}

Ending Supervisor::supervise() {
  for (;;) {
    const auto step_before = folder_.newest_step();
    const Ending ending = run_trainer();
    if (!is_to_be_restarted(ending, step_before)) return ending;
    const auto pause =
        std::min(1s * (std::int64_t{1} << std::min<std::int64_t>(tries_ - 1, 20)), kLongestPause);
    event("restarting",
          fmt::format("starting the trainer again in {} (try {} of {})",
                      format_duration(static_cast<double>(pause.count())), tries_, options_.restarts),
          {{"seconds", pause.count()}, {"try", tries_}});
    for (const auto end = Clock::now() + pause; Clock::now() < end && told_to_stop_.empty();)
      wait(end, nullptr);
    if (!told_to_stop_.empty()) {
      event("stopped", fmt::format("told to stop by {}, the trainer is not started again", told_to_stop_),
            {{"signal", told_to_stop_}});
      return ending;
    }
  }
}

Ending Supervisor::run_trainer() {
  const OomKills kills_before = oom_kills();
  const auto started = Clock::now();
  const std::uint64_t logs_before = folder_.log_size();
  TrainerProcess trainer(options_.words, inbox_);
  boost::json::array words;
  for (const std::string& word : options_.words) words.emplace_back(valid(word));
  event("started", fmt::format("the trainer is process {}", trainer.id()),
        {{"process", trainer.id()}, {"words", words}, {"step", step_of(folder_.newest_step())}});
  StallWatch watch(options_.stall_limit, started);
  const auto tick = std::clamp<Clock::duration>(options_.stall_limit / 10, kShortestTick, 10s);
  std::optional<int> status;
  while (!(status = trainer.ended())) {
    wait(Clock::now() + (folder_.keeps_something() ? kShortestTick : tick), &trainer);
    look_for_stall(watch);
    folder_.write_what_is_kept();
  }
  has_begun_ |= folder_.log_size() != logs_before;
  Ending ending = favras::seq2seq::ending(*status, trainer.last_line(), kills_before, oom_kills());
  boost::json::object fields{{"kind", ending.kind},
                             {"status", ending.status},
                             {"step", step_of(folder_.newest_step())},
                             {"seconds", std::chrono::duration<double>(Clock::now() - started).count()}};
  if (!ending.signal.empty()) fields["signal"] = ending.signal;
  event("ended", fmt::format("the trainer {}", ending.text), std::move(fields));
  return ending;
}

bool Supervisor::is_to_be_restarted(const Ending& ending, std::optional<std::uint64_t> step_before) {
  const bool failed = ending.kind == "failed" || ending.kind == "killed" || ending.kind == "crashed";
  if (!failed || !told_to_stop_.empty() || options_.restarts == 0) return false;
  if (ending.kind == "failed" && !has_begun_) {
    event("gave_up", "the trainer is not started again: it failed before it began, and would again",
          {{"tries", tries_}});
    return false;
  }
  if (folder_.newest_step() > step_before) tries_ = 0;
  if (tries_ == options_.restarts) {
    event("gave_up",
          fmt::format("the trainer is not started again: {} without a newer checkpoint",
                      tries_ == 1 ? "1 try" : fmt::format("{} tries", tries_)),
          {{"tries", tries_}});
    return false;
  }
  ++tries_;
  return true;
}

void Supervisor::wait(Clock::time_point until, TrainerProcess* trainer) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
  std::array<pollfd, 2> ready{pollfd{inbox_.descriptor(), POLLIN, 0},
                              pollfd{trainer != nullptr ? trainer->errors() : -1, POLLIN, 0}};
  poll(ready.data(), ready.size(), static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
  while (const auto signal = inbox_.next()) {
    if (*signal == SIGCHLD) continue;  // looked for in any case
    told_to_stop_ = signal_name(*signal);
    // One that a terminal or a service manager has sent to us both is no second one: see interruption.h.
    if (trainer != nullptr) kill(trainer->id(), *signal);
  }
  if (trainer != nullptr) trainer->pass_on();
}

void Supervisor::look_for_stall(StallWatch& watch) {
  if (options_.run.empty()) return;
  const StallWatch::Change change = watch.look(folder_.log_size(), Clock::now());
  if (change == StallWatch::Change::kNone) return;
  const std::string time = format_duration(watch.quiet_seconds());
  const boost::json::object fields{{"seconds", watch.quiet_seconds()},
                                   {"step", step_of(folder_.newest_step())}};
  if (change == StallWatch::Change::kStalled)
    event("stalled", fmt::format("the trainer runs, but has logged nothing for {}", time), fields);
  else
    event("going_on", fmt::format("the trainer goes on, after {}", time), fields);
}

void Supervisor::event(const char* name, const std::string& text, boost::json::object fields) {
  say(text);
  const auto now = std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now());
  boost::json::object event{{"event", name},
                            {"time", fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(now))},
                            {"run", valid(options_.run.string())},
                            {"text", valid(text)}};
  for (auto& field : fields) event[field.key()] = std::move(field.value());
  if (!options_.run.empty()) folder_.append_event(boost::json::serialize(event));
  if (event_command_) event_command_->event(event);
}

}  // namespace favras::seq2seq
