// A server for one test, on the loopback: each request's text goes to a function, and what it gives is sent
// as it is.
#pragma once

#include <arpa/inet.h>
#include <array>
#include <functional>
#include <netinet/in.h>
#include <optional>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

#include <fmt/format.h>

namespace favras::test {

inline std::string http_answer(int status, const std::string& body, const std::string& headers = "") {
  return fmt::format("HTTP/1.1 {} Status\r\nContent-Length: {}\r\n{}\r\n{}", status, body.size(), headers,
                     body);
}

class HttpServer {
 public:
  // Nothing: never answers, until the other side gives up. "" closes the connection.
  using Answer = std::function<std::optional<std::string>(const std::string& request)>;

  // port 0: any.
  explicit HttpServer(Answer answer, int port = 0)
      : answer_(std::move(answer)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const int yes = 1;
    ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    sockaddr_in address{.sin_family = AF_INET, .sin_port = htons(static_cast<std::uint16_t>(port))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 16) != 0 ||
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
      throw std::runtime_error("cannot serve");
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~HttpServer() {
    ::shutdown(listener_, SHUT_RDWR);  // accept returns
    thread_.join();
    ::close(listener_);
  }
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  int port() const { return port_; }
  std::string url() const { return fmt::format("http://127.0.0.1:{}", port_); }

 private:
  void serve() const {
    for (int connection; (connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC)) >= 0;) {
      std::string request;
      std::array<char, 4096> part;
      while (request.find("\r\n\r\n") == request.npos) {
        const ssize_t size = ::recv(connection, part.data(), part.size(), 0);
        if (size <= 0) break;
        request.append(part.data(), static_cast<std::size_t>(size));
      }
      if (const auto text = answer_(request))
        ::send(connection, text->data(), text->size(), MSG_NOSIGNAL);
      else
        while (::recv(connection, part.data(), part.size(), 0) > 0) {
        }
      ::close(connection);
    }
  }

  const Answer answer_;
  int listener_, port_ = 0;
  std::thread thread_;
};

}  // namespace favras::test
