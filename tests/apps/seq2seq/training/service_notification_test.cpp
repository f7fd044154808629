// What the service manager hears, at a socket of the test's own.
#include "apps/seq2seq/training/service_notification.h"

#include <array>
#include <cstdlib>
#include <memory>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "tests/engine/storage/scratch.h"

namespace favras::seq2seq {

namespace {

using namespace std::chrono_literals;
using Messages = std::vector<std::string>;

// A service manager's end, and its environment. "@name" is an abstract socket.
class Manager {
 public:
  explicit Manager(const std::string& name) : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0)) {
    sockaddr_un address{.sun_family = AF_UNIX};
    name.copy(address.sun_path, name.size());
    if (name[0] == '@') address.sun_path[0] = '\0';
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    ::unlink(name.c_str());
    BOOST_TEST_REQUIRE(::bind(socket_, reinterpret_cast<const sockaddr*>(&address), size) == 0);
    ::setenv("NOTIFY_SOCKET", name.c_str(), 1);
  }
  ~Manager() {
    ::close(socket_);
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) ::unsetenv(name);
  }

  static void watches(const std::string& usec, const std::string& pid) {
    ::setenv("WATCHDOG_USEC", usec.c_str(), 1);
    if (!pid.empty()) ::setenv("WATCHDOG_PID", pid.c_str(), 1);
  }

  Messages heard() const {
    Messages all;
    std::array<char, 4096> text;
    for (ssize_t size; (size = ::recv(socket_, text.data(), text.size(), 0)) >= 0;)
      all.emplace_back(text.data(), static_cast<std::size_t>(size));
    return all;
  }

 private:
  int socket_;
};

struct Place {
  test::ScratchDirectory directory;
  std::string socket = (directory / "notify").string();
  ServiceNotification::Clock::time_point start = ServiceNotification::Clock::now();
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(service_notification, Place)

BOOST_AUTO_TEST_CASE(each_call_is_one_message) {
  for (const std::string& name : {socket, "@favras-test-" + std::to_string(::getpid())}) {
    const Manager manager(name);
    ServiceNotification service;
    service.alive();
    service.alive();
    service.status("epoch 1/2\nREADY=0");
    service.stopping();
    BOOST_TEST(manager.heard() == (Messages{"READY=1", "STATUS=epoch 1/2", "STOPPING=1"}),
               boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(the_watchdog_hears_less_than_half_an_interval_apart) {
  const Manager manager(socket);
  for (const std::string& pid : {std::string(), std::to_string(::getpid())}) {
    Manager::watches("1000000", pid);
    ServiceNotification service;
    service.alive(start);
    BOOST_TEST(manager.heard() == Messages{"READY=1"}, boost::test_tools::per_element());
    std::size_t heard = 0;
    for (auto time = 0ms; time <= 10s; time += 10ms) {
      service.alive(start + time);
      const Messages messages = manager.heard();
      for (const std::string& message : messages) BOOST_TEST(message == "WATCHDOG=1");
      heard += messages.size();
    }
    BOOST_TEST(heard == 40);
  }
}

BOOST_AUTO_TEST_CASE(nobody_watches_this_process) {
  for (const auto& [usec, pid] : std::vector<std::pair<std::string, std::string>>{
           {"1000000", "1"}, {"1000000", "x"}, {"0", ""}, {"-1000000", ""}, {"1000000s", ""}, {"", ""}}) {
    const Manager manager(socket);
    Manager::watches(usec, pid);
    ServiceNotification service;
    service.alive(start);
    service.alive(start + 24h);
    BOOST_TEST(manager.heard() == Messages{"READY=1"}, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(what_was_not_heard_is_said_again) {
  auto manager = std::make_unique<Manager>(socket);
  ServiceNotification service;
  manager.reset();
  ::unlink(socket.c_str());
  service.alive();
  service.status("nobody hears it");
  const Manager later(socket);
  service.alive();
  BOOST_TEST(later.heard() == Messages{"READY=1"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_manager_that_does_not_read_blocks_nobody) {
  const Manager manager(socket);
  Manager::watches("1", "");
  ServiceNotification service;
  for (int i = 0; i < 10'000; ++i) service.alive(start + i * 1s);
  BOOST_TEST(!manager.heard().empty());
}

BOOST_AUTO_TEST_CASE(no_socket_nothing_to_do) {
  for (const char* name : {"", "notify", "vsock:2:1234", "/nowhere/notify"}) {
    ::setenv("NOTIFY_SOCKET", name, 1);
    ServiceNotification service;
    service.alive();
    service.stopping();
  }
  ::setenv("NOTIFY_SOCKET", ("/" + std::string(200, 'x')).c_str(), 1);
  ServiceNotification().alive();
  ::unsetenv("NOTIFY_SOCKET");
  ServiceNotification().alive();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace favras::seq2seq
