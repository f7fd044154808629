// Small questions over HTTP to a server near by: one at a time, with a time-out, without proxies and
// redirects, and without signals. The only user of libcurl.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace favras::seq2seq {

class HttpClient {
 public:
  static constexpr std::size_t kLongestBody = 64 * 1024;

  struct Answer {
    long status;
    std::string body;
  };

  // The time-out is for a whole request.
  explicit HttpClient(std::chrono::milliseconds timeout);

  // Headers are "Name: value". Throws std::runtime_error, naming the URL, if no whole answer of at most
  // kLongestBody bytes comes in time.
  Answer request(const std::string& method, const std::string& url, const std::vector<std::string>& headers);

 private:
  struct Cleanup {
    void operator()(void* handle) const;
  };

  std::chrono::milliseconds timeout_;
  std::unique_ptr<void, Cleanup> handle_;  // a CURL; keeps its connection
};

}  // namespace favras::seq2seq
