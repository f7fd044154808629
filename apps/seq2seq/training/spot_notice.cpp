#include "apps/seq2seq/training/spot_notice.h"

#include <algorithm>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <stdexcept>
#include <stop_token>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "apps/seq2seq/command_line/usage_error.h"
#include "apps/seq2seq/io/console.h"
#include "apps/seq2seq/io/signal_mask.h"
#include "apps/seq2seq/training/interruption.h"

namespace favras::seq2seq {
namespace {

constexpr std::size_t kLongestNotice = 200;

bool is_foreign(char c) { return c < ' ' || c > '~'; }

// Whatever came, in one short line of ASCII.
std::string in_a_line(std::string text) {
  std::replace_if(text.begin(), text.end(), is_foreign, ' ');
  text.erase(text.find_last_not_of(' ') + 1);
  return text.substr(0, kLongestNotice);
}

[[noreturn]] void unexpected(const std::string& url, const HttpClient::Answer& answer) {
  throw std::runtime_error(
      fmt::format("{}: unexpected answer, status {}, '{}'", url, answer.status, in_a_line(answer.body)));
}

std::string aws_notice(const std::string& url, const HttpClient::Answer& answer) {
  boost::json::error_code error;
  const boost::json::value value = boost::json::parse(answer.body, error);
  const auto* notice = error ? nullptr : value.if_object();
  const auto* action = notice ? notice->if_contains("action") : nullptr;
  const auto* time = notice ? notice->if_contains("time") : nullptr;
  if (!action || !action->is_string()) unexpected(url, answer);
  std::string text = action->as_string().c_str();
  if (time && time->is_string()) text += fmt::format(" at {}", time->as_string().c_str());
  return in_a_line(text);
}

bool is_url(const std::string& text) { return text.starts_with("http://") || text.starts_with("https://"); }

}  // namespace

std::optional<SpotSource> spot_source(const std::string& text) {
  using enum SpotSource::Kind;
  constexpr const char* kMetadataServer = "http://169.254.169.254";  // of either cloud
  if (text == "off") return std::nullopt;
  SpotSource source{kUrl, text};
  for (const auto& [name, kind] : {std::pair("aws", kAws), std::pair("gcp", kGoogle)}) {
    if (text == name) source = {kind, kMetadataServer};
    if (const std::string start = fmt::format("{}=", name); text.starts_with(start))
      source = {kind, text.substr(start.size())};
  }
  if (!is_url(source.base) || std::any_of(source.base.begin(), source.base.end(), is_foreign))
    throw UsageError(fmt::format(
        "--spot-notice '{}' will not do: expected off, aws, gcp, aws=URL, gcp=URL or a URL", text));
  while (source.kind != kUrl && source.base.ends_with('/')) source.base.pop_back();
  return source;
}

SpotQuestion::SpotQuestion(SpotSource source, std::chrono::milliseconds timeout)
    : source_(std::move(source)), client_(timeout) {}

std::optional<std::string> SpotQuestion::ask() {
  switch (source_.kind) {
    case SpotSource::Kind::kAws:
      return ask_aws();
    case SpotSource::Kind::kGoogle:
      return ask_google();
    case SpotSource::Kind::kUrl:
      break;
  }
  return ask_url();
}

std::string SpotQuestion::ask_for_token() {
  const std::string url = source_.base + "/latest/api/token";
  const auto answer = client_.request("PUT", url, {"X-aws-ec2-metadata-token-ttl-seconds: 21600"});
  const bool foreign = std::any_of(answer.body.begin(), answer.body.end(), is_foreign);
  if (answer.status != 200 || answer.body.empty() || foreign) unexpected(url, answer);
  return answer.body;
}

std::optional<std::string> SpotQuestion::ask_aws() {
  const std::string url = source_.base + "/latest/meta-data/spot/instance-action";
  for (;;) {
    const bool new_token = token_.empty();
    if (new_token) token_ = ask_for_token();
    const auto answer = client_.request("GET", url, {"X-aws-ec2-metadata-token: " + token_});
    if (answer.status == 404) return std::nullopt;
    if (answer.status == 200) return aws_notice(url, answer);
    token_.clear();  // it is too old
    if (new_token) unexpected(url, answer);
  }
}

std::optional<std::string> SpotQuestion::ask_google() {
  const std::string url = source_.base + "/computeMetadata/v1/instance/preempted";
  const auto answer = client_.request("GET", url, {"Metadata-Flavor: Google"});
  const std::string text = in_a_line(answer.body);
  if (answer.status != 200 || (text != "TRUE" && text != "FALSE")) unexpected(url, answer);
  return text == "TRUE" ? std::optional<std::string>("preempted") : std::nullopt;
}

std::optional<std::string> SpotQuestion::ask_url() {
  const auto answer = client_.request("GET", source_.base, {});
  const std::string text = in_a_line(answer.body);
  if (answer.status == 404 || answer.status == 204 || (answer.status == 200 && text.empty()))
    return std::nullopt;
  if (answer.status != 200) unexpected(source_.base, answer);
  return text;
}

SpotWatch::SpotWatch(const SpotSource& source, std::chrono::milliseconds interval) : question_(source) {
  const auto watch = [this, interval](const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any stopped;
    for (bool warned = false; !stop.stop_requested();) {
      try {
        if (const auto notice = question_.ask()) {
          request_interruption("spot notice: " + *notice);
          return;
        }
      } catch (const std::exception& error) {
        if (!std::exchange(warned, true))
          tell(stderr, fmt::format("No spot notices for now, training goes on: {}\n", error.what()));
      }
      std::unique_lock lock(mutex);
      stopped.wait_for(lock, stop, interval, [] { return false; });
    }
  };
  thread_ = without_signals([&] { return std::jthread(watch); });  // nor do those of libcurl get one
}

}  // namespace favras::seq2seq
