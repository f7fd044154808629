#include "apps/seq2seq/io/http_client.h"

#include <array>
#include <curl/curl.h>
#include <stdexcept>

#include <fmt/format.h>

namespace favras::seq2seq {
namespace {

std::size_t append(const char* part, std::size_t, std::size_t size, void* body) {
  auto& text = *static_cast<std::string*>(body);
  if (text.size() + size > HttpClient::kLongestBody) return 0;  // ends the request
  text.append(part, size);
  return size;
}

}  // namespace

void HttpClient::Cleanup::operator()(void* handle) const { curl_easy_cleanup(handle); }

HttpClient::HttpClient(std::chrono::milliseconds timeout) : timeout_(timeout) {
  static const CURLcode global = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (global == CURLE_OK) handle_.reset(curl_easy_init());
  if (!handle_) throw std::runtime_error("libcurl cannot be used");
}

HttpClient::Answer HttpClient::request(const std::string& method, const std::string& url,
                                       const std::vector<std::string>& headers) {
  CURL* curl = handle_.get();
  std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> list(nullptr, &curl_slist_free_all);
  for (const std::string& header : headers) {
    curl_slist* longer = curl_slist_append(list.get(), header.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    static_cast<void>(list.release());
    list.reset(longer);
  }
  Answer answer{};
  std::array<char, CURL_ERROR_SIZE> detail{};
  curl_easy_reset(curl);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_PROXY, "");  // none, whatever the environment says
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(timeout_.count()));
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method.c_str());
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, list.get());
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, append);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer.body);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, detail.data());
  const CURLcode code = curl_easy_perform(curl);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, nullptr);  // it goes
  if (code == CURLE_WRITE_ERROR)
    throw std::runtime_error(fmt::format("{}: the answer is longer than {} bytes", url, kLongestBody));
  if (code != CURLE_OK)
    throw std::runtime_error(
        fmt::format("{}: {}", url, detail[0] != '\0' ? detail.data() : curl_easy_strerror(code)));
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer.status);
  return answer;
}

}  // namespace favras::seq2seq
