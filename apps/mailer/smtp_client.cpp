#include "apps/mailer/smtp_client.h"

#include <atomic>
#include <chrono>
#include <exception>
#include <mutex>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include "apps/mailer/smtp_session.h"

namespace favras::mailer {

namespace asio = boost::asio;

// A session with the loop that runs its coroutines; one thread at a time is in run().
class SmtpClient::Session {
 public:
  Session(const SmtpSettings& settings, const Report& report)
      : tls_(tls_context(settings.ca_file)), dialogue_(context_, tls_, settings, report) {}

  SmtpSession& dialogue() { return dialogue_; }

  void run(asio::awaitable<void> task) {
    std::exception_ptr failure;
    asio::co_spawn(context_, std::move(task), [&](std::exception_ptr error) { failure = error; });
    context_.restart();
    context_.run();
    if (failure) std::rethrow_exception(failure);
  }
  void cut() {
    asio::post(context_, [this] { dialogue_.cut(); });
  }

 private:
  asio::io_context context_{1};
  asio::ssl::context tls_;
  SmtpSession dialogue_;
};

struct SmtpClient::Shared {
  std::mutex mutex;
  std::atomic<bool> cancelled = false;
  std::shared_ptr<Session> session;
};

SmtpClient::SmtpClient(SmtpSettings settings, Report report)
    : settings_(std::move(settings)),
      report_(report ? std::move(report) : [](const std::string&) {}),
      shared_(std::make_unique<Shared>()) {}

SmtpClient::~SmtpClient() = default;

std::shared_ptr<SmtpClient::Session> SmtpClient::session() const {
  const std::lock_guard lock(shared_->mutex);
  if (shared_->cancelled) throw SessionError("the session was cancelled");
  if (!shared_->session) throw SessionError("there is no session");
  return shared_->session;
}

void SmtpClient::open() {
  std::string password;
  if (!settings_.server.user.empty()) {
    try {
      password = read_password(settings_.password, std::chrono::seconds(60), &shared_->cancelled);
    } catch (const std::exception& error) {
      throw SessionError(error.what());
    }
  }
  {
    auto fresh = std::make_shared<Session>(settings_, report_);
    const std::lock_guard lock(shared_->mutex);
    shared_->session = std::move(fresh);
  }
  const auto current = session();
  current->run(current->dialogue().open(std::move(password)));
}

void SmtpClient::send(const Envelope& envelope, std::string_view eml,
                      const std::function<void(const Verdict&)>& tell) {
  const auto current = session();
  current->run(current->dialogue().send(envelope, eml, tell));
}

void SmtpClient::close() noexcept {
  try {
    const auto current = session();
    current->run(current->dialogue().quit());
  } catch (const std::exception&) {  // the messages are settled: how the session ends matters no more
  }
  const std::lock_guard lock(shared_->mutex);
  shared_->session.reset();
}

void SmtpClient::cancel() noexcept {
  const std::lock_guard lock(shared_->mutex);
  shared_->cancelled = true;
  if (shared_->session) shared_->session->cut();
}

std::chrono::seconds SmtpClient::wanted_pause() const {
  const std::lock_guard lock(shared_->mutex);
  return shared_->session ? shared_->session->dialogue().wanted_pause() : std::chrono::seconds(0);
}

}  // namespace favras::mailer
