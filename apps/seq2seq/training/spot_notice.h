// Notices that a cloud is about to take this machine away: asked for every five seconds, on a thread of their
// own, they become a request to stop (interruption.h).
//
//   const auto spot = spot_source(options.spot_notice);            // UsageError if it will not do
//   std::optional<SpotWatch> watch;                                // after watch_for_interruption()
//   if (spot) watch.emplace(*spot);
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <thread>

#include "apps/seq2seq/io/http_client.h"

namespace favras::seq2seq {

// Whom to ask, and how.
struct SpotSource {
  enum class Kind { kAws, kGoogle, kUrl };
  Kind kind;
  std::string base;  // a URL without a slash at its end
};

// "off", "aws", "gcp", these two with another address ("aws=http://127.0.0.1:8080"), or a URL. Throws
// UsageError.
std::optional<SpotSource> spot_source(const std::string& text);

// One question after another:
// - AWS EC2, IMDSv2: PUT /latest/api/token, then GET /latest/meta-data/spot/instance-action with the token;
// 404 means
//   no notice, 200 brings {"action": ..., "time": ...}. https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/
//   spot-instance-termination-notices.html
// - Google Cloud: GET /computeMetadata/v1/instance/preempted with "Metadata-Flavor: Google"; FALSE or TRUE.
//   https://cloud.google.com/compute/docs/instances/create-use-spot
// - any other URL: 404, 204 or an empty 200 mean no notice, 200 with a text is one.
class SpotQuestion {
 public:
  explicit SpotQuestion(SpotSource source, std::chrono::milliseconds timeout = std::chrono::seconds(2));

  // What the notice says, such as "terminate at 2026-11-28T04:00:00Z". Throws std::runtime_error if the
  // answer is none of those above.
  std::optional<std::string> ask();

 private:
  std::string ask_for_token();
  std::optional<std::string> ask_aws();
  std::optional<std::string> ask_google();
  std::optional<std::string> ask_url();

  SpotSource source_;
  HttpClient client_;
  std::string token_;  // of AWS; empty: to be asked for
};

// Asks until there is a notice, or *this goes. What goes wrong costs one warning on standard error.
class SpotWatch {
 public:
  explicit SpotWatch(const SpotSource& source, std::chrono::milliseconds interval = std::chrono::seconds(5));

 private:
  SpotQuestion question_;
  std::jthread thread_;
};

}  // namespace favras::seq2seq
