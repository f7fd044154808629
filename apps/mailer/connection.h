// A connection to an SMTP server: replies in, bytes out, every step with a time-out, TLS from wherever it is
// asked for on. Asio's coroutines; one step at a time.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>

#include "apps/mailer/reply.h"
#include "apps/mailer/transport.h"

namespace favras::mailer {

using Limit = std::chrono::milliseconds;

// TLS 1.2 at least, certificates verified against this file of authorities ("" for the system's). Throws
// SessionError when the file cannot be read.
boost::asio::ssl::context tls_context(const std::string& ca_file);

// All steps throw SessionError, naming the step, at a time-out, an error or the other end's close.
class Connection {
 public:
  template <class T = void>
  using Task = boost::asio::awaitable<T>;

  Connection(boost::asio::io_context& context, boost::asio::ssl::context& tls)
      : timer_(context), resolver_(context), stream_(context, tls) {}

  // Tries the host's addresses one after the other, each for so long.
  Task<> connect(const std::string& host, std::uint16_t port, Limit limit, const Report& report);
  // The handshake; certificate and host name are verified. Throws SessionError too if the server has said
  // more than its last reply: that would pass for a reply under TLS.
  Task<> start_tls(const std::string& host, Limit limit, const Report& report);

  // The next reply, as a whole.
  Task<Reply> reply(Limit limit, const char* step);
  Task<> write(std::string_view bytes, Limit limit, const char* step);

  bool is_encrypted() const { return encrypted_; }
  bool has_unread() const { return parser_.has_unread(); }
  std::string own_address() const;  // as EHLO wants it: [127.0.0.1], [IPv6:::1]
  void abandon();                   // what runs fails, and whatever comes after it

 private:
  Task<bool> try_endpoint(const boost::asio::ip::tcp::endpoint& endpoint, Limit limit, std::string& why);
  void close();
  void begin(Limit limit);
  void end() { ++step_, timer_.cancel(); }
  [[noreturn]] void fail(const char* step, const boost::system::error_code& error) const;

  boost::asio::steady_timer timer_;
  boost::asio::ip::tcp::resolver resolver_;
  boost::asio::ssl::stream<boost::asio::ip::tcp::socket> stream_;
  ReplyParser parser_;
  bool encrypted_ = false;
  bool timed_out_ = false;
  bool abandoned_ = false;
  std::uint64_t step_ = 0;  // the one that the timer watches
};

}  // namespace favras::mailer
