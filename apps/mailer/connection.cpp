#include "apps/mailer/connection.h"

#include <array>
#include <cerrno>

#include <boost/asio/connect.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>
#include <openssl/x509v3.h>

namespace favras::mailer {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

auto into(error_code& error) { return asio::redirect_error(asio::use_awaitable, error); }

// Whom the certificate has to name; SNI is for names only.
void expect_host(SSL* ssl, const std::string& host) {
  error_code not_an_address;
  asio::ip::make_address(host, not_an_address);
  X509_VERIFY_PARAM* verification = SSL_get0_param(ssl);
  X509_VERIFY_PARAM_set_hostflags(verification, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  const bool done = not_an_address ? SSL_set1_host(ssl, host.c_str()) == 1 &&
                                         SSL_set_tlsext_host_name(ssl, host.c_str()) == 1
                                   : X509_VERIFY_PARAM_set1_ip_asc(verification, host.c_str()) == 1;
  if (!done) throw SessionError("OpenSSL does not take the host name " + host);
}

std::string subject_of(SSL* ssl) {
  X509* certificate = SSL_get0_peer_certificate(ssl);
  if (certificate == nullptr) return "nobody";
  std::array<char, 256> text{};
  X509_NAME_oneline(X509_get_subject_name(certificate), text.data(), static_cast<int>(text.size()));
  return text[0] == '\0' ? "a subject without name" : text.data();
}

}  // namespace

asio::ssl::context tls_context(const std::string& ca_file) {
  asio::ssl::context context(asio::ssl::context::tls_client);
  SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
  context.set_verify_mode(asio::ssl::verify_peer);
  error_code error;
  if (ca_file.empty()) {
    context.set_default_verify_paths(error);
  } else {
    context.load_verify_file(ca_file, error);
  }
  if (error)
    throw SessionError(fmt::format("the certificates of authorities in '{}' cannot be read: {}",
                                   ca_file.empty() ? "the system's store" : ca_file, error.message()));
  return context;
}

void Connection::begin(Limit limit) {
  if (abandoned_) throw SessionError("the session was cancelled");
  timed_out_ = false;
  timer_.expires_after(limit);
  timer_.async_wait([this, step = ++step_](const error_code& error) {
    if (error || step != step_) return;
    timed_out_ = true;
    close();
  });
}

void Connection::close() {
  error_code ignored;
  stream_.next_layer().close(ignored);
}

void Connection::abandon() {
  abandoned_ = true;
  close();
}

void Connection::fail(const char* step, const error_code& error) const {
  if (abandoned_) throw SessionError("the session was cancelled");
  if (timed_out_) throw SessionError(fmt::format("time-out: {}", step));
  const bool closed = error == asio::error::eof || error == asio::ssl::error::stream_truncated;
  throw SessionError(
      fmt::format("{}: {}", step, closed ? "the server closed the connection" : error.message()));
}

Connection::Task<bool> Connection::try_endpoint(const asio::ip::tcp::endpoint& endpoint, Limit limit,
                                                std::string& why) {
  close();
  error_code error;
  begin(limit);
  co_await stream_.next_layer().async_connect(endpoint, into(error));
  end();
  if (error)
    why += fmt::format("{}{}: {}", why.empty() ? "" : "; ", endpoint.address().to_string(),
                       timed_out_ ? "time-out" : error.message());
  error_code ignored;
  stream_.next_layer().set_option(asio::ip::tcp::no_delay(true), ignored);  // a dialogue of small pieces
  co_return !error;
}

Connection::Task<> Connection::connect(const std::string& host, std::uint16_t port, Limit limit,
                                       const Report& report) {
  error_code error;
  const auto found = co_await resolver_.async_resolve(host, std::to_string(port),
                                                      asio::ip::tcp::resolver::numeric_service, into(error));
  if (error) throw SessionError(fmt::format("{} has no address: {}", host, error.message()));
  std::string why;
  for (const auto& entry : found) {
    const asio::ip::tcp::endpoint endpoint = entry.endpoint();
    const bool connected = co_await try_endpoint(endpoint, limit, why);
    if (!connected) continue;
    report(fmt::format("connected to {} ({}) port {}", host, endpoint.address().to_string(), port));
    co_return;
  }
  if (abandoned_) throw SessionError("the session was cancelled");
  throw SessionError(fmt::format("no connection to {} port {}: {}", host, port, why));
}

Connection::Task<> Connection::start_tls(const std::string& host, Limit limit, const Report& report) {
  if (has_unread())
    throw SessionError(
        "the server sent more than its reply to STARTTLS: somebody is tampering with the connection");
  SSL* ssl = stream_.native_handle();
  expect_host(ssl, host);
  error_code error;
  begin(limit);
  co_await stream_.async_handshake(asio::ssl::stream_base::client, into(error));
  end();
  const long verified = SSL_get_verify_result(ssl);
  if (error && !timed_out_ && verified != X509_V_OK)
    throw SessionError(
        fmt::format("the certificate of {} is not accepted: {} (a private authority is given with "
                    "--ca-file)",
                    host, X509_verify_cert_error_string(verified)));
  if (error) fail("TLS handshake", error);
  encrypted_ = true;
  report(fmt::format("{} {}, the certificate of {} names {}", SSL_get_version(ssl), SSL_get_cipher_name(ssl),
                     subject_of(ssl), host));
}

Connection::Task<Reply> Connection::reply(Limit limit, const char* step) {
  begin(limit);
  std::array<char, 8192> part;
  for (;;) {
    std::optional<Reply> whole;
    try {
      whole = parser_.next();
    } catch (const ProtocolError& error) {
      end();
      throw SessionError(fmt::format("{}: {}", step, error.what()));
    }
    if (whole) {
      end();
      co_return std::move(*whole);
    }
    error_code error;
    const auto space = asio::buffer(part);
    std::size_t size = 0;
    if (encrypted_) {
      size = co_await stream_.async_read_some(space, into(error));
    } else {
      size = co_await stream_.next_layer().async_read_some(space, into(error));
    }
    if (error) {
      end();
      fail(step, error);
    }
    parser_.feed({part.data(), size});
  }
}

Connection::Task<> Connection::write(std::string_view bytes, Limit limit, const char* step) {
  error_code error;
  const auto data = asio::buffer(bytes.data(), bytes.size());
  begin(limit);
  if (encrypted_) {
    co_await asio::async_write(stream_, data, into(error));
  } else {
    co_await asio::async_write(stream_.next_layer(), data, into(error));
  }
  end();
  if (error) fail(step, error);
}

std::string Connection::own_address() const {
  error_code error;
  const auto endpoint = stream_.lowest_layer().local_endpoint(error);
  if (error) return "[127.0.0.1]";
  const std::string address = endpoint.address().to_string();
  return endpoint.address().is_v6() ? "[IPv6:" + address.substr(0, address.find('%')) + "]"
                                    : "[" + address + "]";
}

}  // namespace favras::mailer
