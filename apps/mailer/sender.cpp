#include "apps/mailer/sender.h"

#include <algorithm>
#include <condition_variable>
#include <csignal>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "apps/mailer/delivery.h"

namespace favras::mailer {
namespace {

using Clock = std::chrono::system_clock;

constexpr std::size_t kMostQueued = 1000;
constexpr auto kLockedAgain =
    std::chrono::seconds(10);                    // between looks at a spool that another process sends from
constexpr auto kIdle = std::chrono::minutes(1);  // between looks at one that others may put into

// Threads inherit the mask of the one that makes them.
class AllSignalsBlocked {
 public:
  AllSignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~AllSignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_;
};

}  // namespace

class Sender::Threads {
 public:
  Threads(Spool spool, std::unique_ptr<Transport> transport, Report report, Report server, Backoff backoff)
      : spool_(std::move(spool)),
        transport_(std::move(transport)),
        report_(std::move(report)),
        server_(std::move(server)),
        backoff_(backoff),
        delivery_(
            spool_, *transport_, [this](const std::string& line) { say(line); }, backoff) {
    const AllSignalsBlocked blocked;
    writer_ = std::thread([this] { write(); });
    sender_ = std::thread([this] { send(); });
  }
  ~Threads() { finish({}); }

  void post(Message message, Urgency urgency, std::function<void()> kept) {
    stamp(message);
    const std::lock_guard lock(mutex_);
    if (queue_.size() < kMostQueued) {
      queue_.push_back({std::move(message), urgency, std::move(kept)});
    } else {
      ++lost_;  // the disk has been standing still for a thousand messages
    }
    changed_.notify_all();
  }

  std::size_t finish(std::chrono::milliseconds limit) {
    if (!writer_.joinable()) return 0;
    {
      const std::lock_guard lock(mutex_);
      finishing_ = true;
    }
    changed_.notify_all();
    writer_.join();
    {
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, limit, [this] { return sent_ || (greeting_ && !news_); });
      cut_ = !sent_;
    }
    transport_->cancel();
    sender_.join();
    for (Letter& letter : homeless_) delivery_.keep_in_memory(std::move(letter));
    delivery_.empty_memory();
    if (const std::size_t lost = delivery_.in_memory(); lost != 0)
      say(fmt::format("{} messages are lost: neither the spool nor the server has taken them", lost));
    return spool_.waiting().size();
  }

 private:
  struct Posted {
    Message message;
    Urgency urgency;
    std::function<void()> kept;
  };

  void say(const std::string& line) noexcept {
    try {
      const std::lock_guard lock(report_mutex_);
      if (report_) report_(line);
    } catch (...) {  // a report that fails is no reason to end
    }
  }

  // Of the session that was tried last; "" if there was one.
  void say_of_server(const std::string& failure) noexcept {
    if (failure == std::exchange(failure_, failure)) return;
    if (!server_) return say(failure.empty() ? "the server is reached again" : failure);
    try {
      const std::lock_guard lock(report_mutex_);
      server_(failure);
    } catch (...) {
    }
  }

  // The writer: from the queue to the spool, until the queue is empty and the end is near.
  void write() {
    for (;;) {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return finishing_ || !queue_.empty(); });
      if (queue_.empty()) break;
      const Posted posted = std::move(queue_.front());
      queue_.pop_front();
      const std::size_t lost = std::exchange(lost_, 0);
      lock.unlock();
      if (lost != 0) say(fmt::format("the disk stands still: {} messages are lost", lost));
      put(posted);
    }
    const std::lock_guard lock(mutex_);
    written_ = true;
    changed_.notify_all();
  }

  void call(const std::function<void()>& kept) noexcept {
    try {
      kept();
    } catch (const std::exception& error) {
      say(error.what());
    }
  }

  void put(const Posted& posted) {
    try {
      Letter letter(posted.message, posted.urgency);
      bool spooled = true;
      try {
        spool_.put(letter);
      } catch (const std::exception& error) {
        say(error.what());
        spooled = false;
      }
      if (spooled && posted.kept) call(posted.kept);
      const std::lock_guard lock(mutex_);
      if (!spooled) homeless_.push_back(std::move(letter));
      news_ = true;
      changed_.notify_all();
    } catch (const std::exception& error) {
      say(fmt::format("a message cannot be sent: {}", error.what()));
    }
  }

  // The sender: one pass after another, with pauses, and a last one.
  void send() {
    for (bool last = false; !last;) {
      std::deque<Letter> homeless;
      {
        const std::lock_guard lock(mutex_);
        last = written_;
        news_ = false;
        homeless.swap(homeless_);
      }
      for (Letter& letter : homeless) delivery_.keep_in_memory(std::move(letter));
      const auto [pause, only_for_news] = pass(last);
      if (last) break;
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, pause, [&] { return written_ || (only_for_news && news_); });
    }
    const std::lock_guard lock(mutex_);
    sent_ = true;
    changed_.notify_all();
  }

  // How long to wait afterwards, and whether new messages end the wait.
  std::pair<std::chrono::milliseconds, bool> pass(bool last) {
    try {
      Delivery::Scope scope = last ? Delivery::Scope::kAll : Delivery::Scope::kDue;
      std::optional<SpoolLock> lock;
      try {
        lock.emplace(spool_);
      } catch (const SpoolBusy&) {
        return {kLockedAgain, false};  // who has it sends ours too
      } catch (const SessionError& error) {
        if (error.what() != std::exchange(unlockable_, error.what())) say(error.what());
        scope = Delivery::Scope::kMemory;
      }
      const auto now = Clock::now();
      const bool greet = !reached_ && !last;
      set_greeting(greet && spool_.waiting().empty() && delivery_.in_memory() == 0);
      const Delivery::Pass result = delivery_.run(now, scope, greet);
      set_greeting(false);
      if (!result.failure.empty()) return {pause_after(result, now), false};
      failures_ = 0;
      if (result.session) {
        reached_ = true;
        say_of_server("");
      }
      if (result.pause.count() != 0) return {result.pause, false};
      const auto until_due = result.next_due.value_or(now + kIdle) - now;
      return {std::clamp<std::chrono::milliseconds>(std::chrono::ceil<std::chrono::milliseconds>(until_due),
                                                    std::chrono::milliseconds(1), kIdle),
              true};
    } catch (const std::exception& error) {
      say(error.what());
      return {backoff_.after(++failures_, Clock::now()), false};
    }
  }

  // finish() does not wait for a session that has no message.
  void set_greeting(bool greeting) {
    const std::lock_guard lock(mutex_);
    greeting_ = greeting;
    changed_.notify_all();
  }

  // After a session that failed.
  std::chrono::milliseconds pause_after(const Delivery::Pass& result, Clock::time_point now) {
    reached_ = false;
    bool is_cut = false;
    {
      const std::lock_guard lock(mutex_);
      is_cut = cut_;
    }
    if (!is_cut) say_of_server(result.failure);
    if (is_cut && result.left != 0) say_of_server("no answer by the end");
    return std::max<std::chrono::milliseconds>(backoff_.after(++failures_, now), result.pause);
  }

  Spool spool_;
  const std::unique_ptr<Transport> transport_;
  const Report report_, server_;
  const Backoff backoff_;
  // The sender's alone.
  Delivery delivery_;
  unsigned failures_ = 0;             // sessions in a row
  bool reached_ = false;              // the last session was one
  std::string failure_, unlockable_;  // what was said last, of the server and the spool

  std::mutex mutex_, report_mutex_;
  std::condition_variable changed_;
  std::deque<Posted> queue_;
  std::size_t lost_ = 0;         // that the queue did not take
  std::deque<Letter> homeless_;  // those that the spool did not take
  bool news_ = false;            // since the sender looked
  bool greeting_ = false;        // the session that goes on has no message
  bool finishing_ = false, written_ = false, sent_ = false, cut_ = false;
  std::thread writer_, sender_;
};

Sender::Sender(Spool spool, std::unique_ptr<Transport> transport, Report report, Report server,
               Backoff backoff)
    : threads_(std::make_unique<Threads>(std::move(spool), std::move(transport), std::move(report),
                                         std::move(server), backoff)) {}

Sender::~Sender() = default;

void Sender::post(Message message, Urgency urgency, std::function<void()> kept) noexcept {
  try {
    threads_->post(std::move(message), urgency, std::move(kept));
  } catch (...) {  // no memory, no random bytes: training goes on without this message
  }
}

std::size_t Sender::finish(std::chrono::milliseconds limit) noexcept { return threads_->finish(limit); }

}  // namespace favras::mailer
