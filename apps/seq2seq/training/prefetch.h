// Things made ahead of their use, on a thread of their own, and handed over in the order in which they were
// made: what comes out does not depend on how far ahead the thread gets.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>

#include "apps/seq2seq/io/signal_mask.h"

namespace favras::seq2seq {

template <class T>
class Prefetch {
 public:
  // Nothing: there are no more.
  using Make = std::function<std::optional<T>()>;

  // Calls make() on the thread alone, until it gives nothing, throws or *this goes, and keeps up to `depth`
  // results, at least one, that wait for their use.
  Prefetch(Make make, std::size_t depth) : make_(std::move(make)), depth_(depth) {
    thread_ =
        without_signals([this] { return std::jthread([this](const std::stop_token& stop) { run(stop); }); });
  }

  // The next one, waited for where it is not there yet; nothing after the last. Throws what make() threw,
  // after all that it made before.
  std::optional<T> next() {
    const auto asked = std::chrono::steady_clock::now();
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !ready_.empty() || ended_; });
    waited_ += std::chrono::steady_clock::now() - asked;
    if (ready_.empty()) {
      if (error_) std::rethrow_exception(error_);
      return std::nullopt;
    }
    std::optional<T> first(std::move(ready_.front()));
    ready_.pop_front();
    lock.unlock();
    changed_.notify_one();
    return first;
  }

  // Spent in next(), in all.
  double seconds_waited() const { return waited_.count(); }

 private:
  void run(const std::stop_token& stop) {
    try {
      while (std::optional<T> made = make_()) {
        std::unique_lock lock(mutex_);
        const bool has_place = changed_.wait(lock, stop, [&] { return ready_.size() < depth_; });
        if (!has_place || stop.stop_requested()) return;
        ready_.push_back(std::move(*made));
        changed_.notify_one();
      }
    } catch (...) {
      error_ = std::current_exception();
    }
    const std::lock_guard lock(mutex_);
    ended_ = true;
    changed_.notify_one();
  }

  const Make make_;
  const std::size_t depth_;
  std::mutex mutex_;
  std::condition_variable_any changed_;  // never do both threads wait
  std::deque<T> ready_;
  bool ended_ = false;
  std::exception_ptr error_;
  std::chrono::duration<double> waited_{0.0};
  std::jthread thread_;  // last: it uses all of the above, and stops before any of it goes
};

}  // namespace favras::seq2seq
