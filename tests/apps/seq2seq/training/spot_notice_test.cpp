// Notices from servers that keep to the protocols, and from those that do not.
#include "apps/seq2seq/training/spot_notice.h"

#include <atomic>
#include <cstdlib>
#include <sys/mman.h>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "apps/seq2seq/command_line/usage_error.h"
#include "apps/seq2seq/training/interruption.h"
#include "tests/apps/seq2seq/http_server.h"
#include "tests/engine/storage/scratch.h"

namespace favras::seq2seq {

namespace {

using namespace std::chrono_literals;
using test::http_answer;
using test::HttpServer;
using Kind = SpotSource::Kind;

constexpr const char* kInstanceAction = R"({"action": "terminate", "time": "2026-11-28T04:00:00Z"})";

// As Amazon describes it: a token for a PUT, and 401 without a good one.
class Imds {
 public:
  std::string operator()(const std::string& request) {
    if (request.starts_with("PUT /latest/api/token HTTP/1.1\r\n")) {
      if (request.find("\r\nX-aws-ec2-metadata-token-ttl-seconds: 21600\r\n") == request.npos)
        return http_answer(400, "");
      token_ = fmt::format("token-{}==", ++tokens_);
      return http_answer(200, token_);
    }
    if (token_.empty() ||
        request.find(fmt::format("\r\nX-aws-ec2-metadata-token: {}\r\n", token_)) == request.npos)
      return http_answer(401, "");
    if (request.starts_with("GET /latest/meta-data/spot/instance-action HTTP/1.1\r\n"))
      return notice ? http_answer(200, *notice) : http_answer(404, "<html>not found</html>");
    return http_answer(404, "");
  }
  void forget_token() { token_.clear(); }
  int tokens() const { return tokens_; }
  std::optional<std::string> notice;

 private:
  std::string token_;
  int tokens_ = 0;
};

auto always(std::optional<std::string> answer) {
  return [answer = std::move(answer)](const std::string&) { return answer; };
}

std::optional<std::string> ask(Kind kind, const HttpServer::Answer& answer,
                               std::chrono::milliseconds timeout = 10s) {
  const HttpServer server(answer);
  return SpotQuestion({kind, server.url()}, timeout).ask();
}

void check_no_answer(Kind kind, const HttpServer::Answer& answer, const std::string& problem,
                     std::chrono::milliseconds timeout = 10s) {
  BOOST_CHECK_EXCEPTION(ask(kind, answer, timeout), std::runtime_error, [&](const std::runtime_error& error) {
    BOOST_TEST_INFO(error.what());
    return test::contains(error.what(), "http://127.0.0.1:") && test::contains(error.what(), problem);
  });
}

}  // namespace

BOOST_AUTO_TEST_CASE(where_to_ask) {
  BOOST_TEST(!spot_source("off"));
  BOOST_TEST((spot_source("aws")->kind == Kind::kAws));
  BOOST_TEST(spot_source("aws")->base == "http://169.254.169.254");
  BOOST_TEST((spot_source("gcp=http://127.0.0.1:80/")->kind == Kind::kGoogle));
  BOOST_TEST(spot_source("gcp=http://127.0.0.1:80/")->base == "http://127.0.0.1:80");
  BOOST_TEST((spot_source("https://example.org/notice/")->kind == Kind::kUrl));
  BOOST_TEST(spot_source("https://example.org/notice/")->base == "https://example.org/notice/");
  for (const char* text :
       {"", "azure", "aws=", "aws=127.0.0.1", "AWS", "file:///etc/passwd", "http://a\r\nb"})
    BOOST_CHECK_EXCEPTION(spot_source(text), UsageError, [](const UsageError& error) {
      return test::contains(error.what(), "expected off, aws, gcp, aws=URL, gcp=URL or a URL");
    });
}

BOOST_AUTO_TEST_CASE(amazon) {
  Imds imds;
  const HttpServer server(std::ref(imds));
  SpotQuestion question({Kind::kAws, server.url()}, 10s);
  BOOST_TEST(!question.ask());
  BOOST_TEST(!question.ask());
  BOOST_TEST(imds.tokens() == 1);
  imds.forget_token();  // as after six hours
  BOOST_TEST(!question.ask());
  BOOST_TEST(imds.tokens() == 2);
  imds.notice = kInstanceAction;
  BOOST_TEST(question.ask().value() == "terminate at 2026-11-28T04:00:00Z");
  imds.notice = R"({"action": "stop"})";
  BOOST_TEST(question.ask().value() == "stop");
}

BOOST_AUTO_TEST_CASE(amazon_answers_something_else) {
  for (const char* body : {"", "garbage", "[]", R"({"time": "2026-11-28T04:00:00Z"})", R"({"action": 7})"}) {
    Imds imds;
    imds.notice = body;
    check_no_answer(Kind::kAws, std::ref(imds), "/spot/instance-action: unexpected answer, status 200");
  }
  check_no_answer(Kind::kAws, always(http_answer(403, "no")),
                  "/api/token: unexpected answer, status 403, 'no'");
  check_no_answer(Kind::kAws, always(http_answer(200, "")), "/api/token: unexpected answer, status 200, ''");
  check_no_answer(Kind::kAws, always(http_answer(200, "a\nb")),
                  "/api/token: unexpected answer, status 200, 'a b'");
  int requests = 0;  // a token that is never good is not asked for for ever
  const auto never_good = [&](const std::string& request) {
    ++requests;
    return http_answer(request.starts_with("PUT") ? 200 : 401, "token");
  };
  check_no_answer(Kind::kAws, never_good, "/spot/instance-action: unexpected answer, status 401");
  BOOST_TEST(requests == 2);
}

BOOST_AUTO_TEST_CASE(google) {
  std::string says = "FALSE";
  const auto metadata = [&](const std::string& request) {
    const bool good = request.starts_with("GET /computeMetadata/v1/instance/preempted HTTP/1.1\r\n") &&
                      request.find("\r\nMetadata-Flavor: Google\r\n") != request.npos;
    return good ? http_answer(200, says, "Metadata-Flavor: Google\r\n") : http_answer(403, "");
  };
  BOOST_TEST(!ask(Kind::kGoogle, metadata));
  says = "TRUE\n";
  BOOST_TEST(ask(Kind::kGoogle, metadata).value() == "preempted");
  for (const char* other : {"", "true?", "NONE"}) {
    says = other;
    check_no_answer(Kind::kGoogle, metadata, "unexpected answer, status 200");
  }
  check_no_answer(Kind::kGoogle, always(http_answer(404, "")), "unexpected answer, status 404");
}

BOOST_AUTO_TEST_CASE(a_plain_url) {
  for (const auto& none :
       {http_answer(404, "not here"), http_answer(204, ""), http_answer(200, ""), http_answer(200, "\r\n")})
    BOOST_TEST(!ask(Kind::kUrl, always(none)));
  BOOST_TEST(ask(Kind::kUrl, always(http_answer(200, "power goes\nat \x1b five\n"))).value() ==
             "power goes at   five");
  BOOST_TEST(ask(Kind::kUrl, always(http_answer(200, std::string(60'000, 'x')))).value().size() == 200);
  for (const int status : {201, 301, 302, 403, 500})
    check_no_answer(Kind::kUrl, always(http_answer(status, "text", "Location: http://127.0.0.1:1/\r\n")),
                    fmt::format("unexpected answer, status {}, 'text'", status));
}

BOOST_AUTO_TEST_CASE(servers_that_do_not_serve) {
  for (const Kind kind : {Kind::kAws, Kind::kGoogle, Kind::kUrl}) {
    check_no_answer(kind, always(std::nullopt), "timed out", 50ms);
    check_no_answer(kind, always("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nTRUE"), "remaining");
    check_no_answer(kind, always(""), "");
    check_no_answer(kind, always("SSH-2.0-OpenSSH_9.2\r\n"), "");
    check_no_answer(kind, always(http_answer(200, std::string(1'000'000, 'x'))),
                    "the answer is longer than 65536 bytes");
    int gone = 0;
    {
      const HttpServer server(always(""));
      gone = server.port();
    }
    BOOST_CHECK_THROW(SpotQuestion({kind, fmt::format("http://127.0.0.1:{}", gone)}).ask(),
                      std::runtime_error);
  }
}

BOOST_AUTO_TEST_CASE(no_proxy_is_asked) {
  for (const char* name : {"http_proxy", "all_proxy", "ALL_PROXY"}) ::setenv(name, "http://127.0.0.1:1", 1);
  BOOST_TEST(ask(Kind::kUrl, always(http_answer(200, "soon"))).value() == "soon");
  for (const char* name : {"http_proxy", "all_proxy", "ALL_PROXY"}) ::unsetenv(name);
}

// A server that is away, then answers nonsense, then as it should, then with a notice: one warning, one
// request.
BOOST_AUTO_TEST_CASE(watching_through_all_weathers) {
  const int errors = ::memfd_create("errors", MFD_CLOEXEC);
  const int end = test::in_child([&] {
    ::dup2(errors, STDERR_FILENO);
    int port = 0;
    {
      const HttpServer server(always(""));
      port = server.port();
    }
    watch_for_interruption();
    const SpotWatch watch({Kind::kAws, fmt::format("http://127.0.0.1:{}", port)}, 1ms);
    while (::lseek(errors, 0, SEEK_CUR) == 0) std::this_thread::yield();  // it has warned
    {
      std::atomic<int> asked = 0;
      const HttpServer server([&](const std::string&) { return ++asked % 2 ? http_answer(500, "") : "?"; },
                              port);
      while (asked < 4) std::this_thread::yield();
    }
    if (interruption_requested()) return 1;
    std::atomic<int> answered = 0;
    Imds imds;
    const HttpServer server(
        [&](const std::string& request) {
          if (++answered == 6) imds.notice = kInstanceAction;
          return imds(request);
        },
        port);
    while (!interruption_requested()) std::this_thread::yield();
    return interruption_reason() == "spot notice: terminate at 2026-11-28T04:00:00Z" && answered == 6 ? 0 : 2;
  });
  BOOST_TEST(end == 0);
  std::string text(static_cast<std::size_t>(::lseek(errors, 0, SEEK_END)), '\0');
  BOOST_TEST(::pread(errors, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()));
  BOOST_TEST(text.starts_with("No spot notices for now, training goes on: http://127.0.0.1:"));
  BOOST_TEST(text.find('\n') == text.size() - 1);
}

// A handler that ran on the watching thread would be as bad as on any other.
BOOST_AUTO_TEST_CASE(the_watching_thread_takes_no_signals_and_can_be_stopped) {
  const int end = test::in_child([&] {
    std::atomic<bool> asked = false;
    const HttpServer server([&](const std::string&) {
      asked = true;
      return http_answer(404, "");
    });
    const SpotWatch watch({Kind::kUrl, server.url()}, 1h);
    while (!asked) std::this_thread::yield();
    for (int thread = 0; const auto& entry : std::filesystem::directory_iterator("/proc/self/task"))
      if (entry.path().filename() != std::to_string(::getpid()) && ++thread == 2) {
        const std::string status = test::read_all(entry.path() / "status");
        if (status.find("SigBlk:\tfffffff") == status.npos) return 1;
      }
    return 0;
  });
  BOOST_TEST(end == 0);
}

}  // namespace favras::seq2seq
