#include "apps/seq2seq/training/service_notification.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace favras::seq2seq {
namespace {

std::optional<std::int64_t> number_in_environment(const char* name) {
  const char* text = std::getenv(name);
  if (text == nullptr) return std::nullopt;
  const char* text_end = text + std::strlen(text);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text, text_end, value);
  return error == std::errc() && end == text_end ? std::optional(value) : std::nullopt;
}

}  // namespace

ServiceNotification::ServiceNotification() {
  const char* name = std::getenv("NOTIFY_SOCKET");
  if (name == nullptr || (*name != '/' && *name != '@')) return;
  address_ = name;
  if (address_.size() >= sizeof(sockaddr_un::sun_path)) return;
  if (address_[0] == '@') address_[0] = '\0';
  socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const bool watched =
      std::getenv("WATCHDOG_PID") == nullptr ||  // a wrapper's, or what it left to its children
      number_in_environment("WATCHDOG_PID") == getpid();
  if (watched)
    interval_ = std::chrono::microseconds(
        std::max<std::int64_t>(number_in_environment("WATCHDOG_USEC").value_or(0), 0));
}

ServiceNotification::~ServiceNotification() {
  if (socket_ >= 0) ::close(socket_);
}

void ServiceNotification::alive(Clock::time_point now) {
  if (!ready_) {
    ready_ = send("READY=1");
    last_alive_ = now;
  } else if (interval_.count() > 0 && now - last_alive_ >= interval_ / 4) {
    if (send("WATCHDOG=1")) last_alive_ = now;
  }
}

void ServiceNotification::status(const std::string& text) {
  send("STATUS=" + text.substr(0, text.find('\n')));
}

void ServiceNotification::stopping() { send("STOPPING=1"); }

bool ServiceNotification::send(const std::string& message) const {
  if (socket_ < 0) return false;
  sockaddr_un to{.sun_family = AF_UNIX};
  std::memcpy(to.sun_path, address_.data(), address_.size());
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_.size());
  return ::sendto(socket_, message.data(), message.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
                  reinterpret_cast<const sockaddr*>(&to), size) >= 0;
}

}  // namespace favras::seq2seq
