// A session that is cancelled from another thread; what servers say is tested with the program.
#include "apps/mailer/smtp_client.h"

#include <arpa/inet.h>
#include <chrono>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>
#include <thread>

#include <boost/test/unit_test.hpp>

#include "apps/mailer/descriptor.h"

namespace favras::mailer {
namespace {

// A port of the loopback that takes connections and says nothing.
struct SilentServer {
  Descriptor listener{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  SmtpSettings settings;

  SilentServer() {
    sockaddr_in address{.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    const auto where = reinterpret_cast<sockaddr*>(&address);
    BOOST_REQUIRE(::bind(listener.get(), where, size) == 0 && ::listen(listener.get(), 5) == 0);
    BOOST_REQUIRE(::getsockname(listener.get(), where, &size) == 0);
    settings.server = {
        .implicit_tls = false, .user = "", .host = "127.0.0.1", .port = ntohs(address.sin_port)};
    settings.timeouts.greeting = std::chrono::seconds(20);
  }
};

void check_cancelled(SmtpClient& client) {
  BOOST_CHECK_EXCEPTION(client.open(), SessionError, [](const SessionError& error) {
    return std::string(error.what()).ends_with("cancelled");
  });
}

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_session_that_waits_ends_when_cancelled, SilentServer) {
  SmtpClient client(settings);
  bool accepted = false;
  std::thread other([&] {  // Boost.Test's checks are for one thread at a time
    accepted = ::accept(listener.get(), nullptr, nullptr) >= 0;
    client.cancel();
  });
  check_cancelled(client);
  other.join();
  BOOST_TEST(accepted);
  check_cancelled(client);  // for good
  client.close();
}

BOOST_FIXTURE_TEST_CASE(a_cancelled_client_opens_nothing, SilentServer) {
  SmtpClient client(settings);
  client.cancel();
  check_cancelled(client);
}

BOOST_AUTO_TEST_CASE(without_a_session_nothing_is_sent) {
  SmtpClient client({});
  BOOST_CHECK_THROW(client.send({"a@b.c", {"d@e.f"}}, "", [](const Verdict&) {}), SessionError);
  client.close();
}

}  // namespace favras::mailer
