// Work on several threads.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace favras::seq2seq {

// Calls run(thread) for every thread in [0, threads), each on a thread of its own, the first on the caller's.
// Of exceptions that they throw one is thrown on when all have ended.
template <class Run>
void run_on_threads(int threads, const Run& run) {
  std::mutex mutex;
  std::exception_ptr failure;
  const auto run_guarded = [&](int thread) {
    try {
      run(thread);
    } catch (...) {
      const std::lock_guard lock(mutex);
      if (!failure) failure = std::current_exception();
    }
  };
  {
    std::vector<std::jthread> helpers;
    for (int thread = 1; thread < threads; ++thread) helpers.emplace_back(run_guarded, thread);
    run_guarded(0);
  }
  if (failure) std::rethrow_exception(failure);
}

// Calls make(i) for every i below `count`, on `threads` threads, and take(result) with what it gives, in
// order of i and one at a time. No more than `threads` results exist at once. An exception ends it and is
// thrown on.
template <class Make, class Take>
void make_in_order(std::size_t count, int threads, const Make& make, const Take& take) {
  std::mutex mutex;  // guards all of these
  std::condition_variable turn;
  std::size_t started = 0, taken = 0;
  bool failed = false;

  const auto work_on_one = [&] {
    std::unique_lock lock(mutex);
    if (failed || started == count) return false;
    const std::size_t index = started++;
    lock.unlock();
    auto result = make(index);
    lock.lock();
    turn.wait(lock, [&] { return failed || taken == index; });
    if (failed) return false;
    lock.unlock();  // it is nobody else's turn before `taken` moves on
    take(std::move(result));
    lock.lock();
    ++taken;
    turn.notify_all();
    return true;
  };
  run_on_threads(threads, [&](int) {
    try {
      while (work_on_one()) {
      }
    } catch (...) {
      const std::lock_guard lock(mutex);
      failed = true;
      turn.notify_all();
      throw;
    }
  });
}

}  // namespace favras::seq2seq
