// What is made ahead comes in order and whole, no further ahead than allowed; failures come in their place,
// and the thread goes when it is no longer wanted.
#include "apps/seq2seq/training/prefetch.h"

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

namespace favras::seq2seq {

namespace {

using Make = Prefetch<int>::Make;

// 0, 1, ..., count - 1
Make numbers(int count) {
  return [next = 0, count]() mutable { return next < count ? std::optional(next++) : std::nullopt; };
}

}  // namespace

BOOST_AUTO_TEST_CASE(everything_comes_in_order_however_far_ahead_it_is_made) {
  BOOST_TEST(rc::check("in order", [] {
    const int count = *rc::gen::inRange(0, 200);
    const auto depth = *rc::gen::inRange<std::size_t>(1, 250);
    Prefetch<int> prefetch(numbers(count), depth);
    for (int i = 0; i < count; ++i) RC_ASSERT(prefetch.next() == i);
    RC_ASSERT(!prefetch.next());
    RC_ASSERT(!prefetch.next());
  }));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_copied_is_moved) {
  Prefetch<std::unique_ptr<int>> prefetch([] { return std::make_unique<int>(7); }, 2);
  BOOST_TEST(**prefetch.next() == 7);
}

BOOST_AUTO_TEST_CASE(an_error_comes_after_all_that_was_made_before_it) {
  BOOST_TEST(rc::check("errors", [] {
    const int count = *rc::gen::inRange(0, 20);
    const auto depth = *rc::gen::inRange<std::size_t>(1, 30);
    const Make before = numbers(count);
    Prefetch<int> prefetch(
        [before]() -> std::optional<int> {
          if (const auto number = before()) return number;
          throw std::runtime_error("no more");
        },
        depth);
    for (int i = 0; i < count; ++i) RC_ASSERT(prefetch.next() == i);
    for (int again = 0; again < 2; ++again) RC_ASSERT_THROWS_AS(prefetch.next(), std::runtime_error);
  }));
}

BOOST_AUTO_TEST_CASE(as_much_is_made_ahead_as_has_a_place) {
  constexpr int kAhead = 3 + 1;  // one more is in the hands of the thread
  std::atomic<int> made = 0, asked = 0;
  std::atomic<bool> too_far = false;
  Prefetch<int> prefetch(
      [&] {
        const int number = ++made;
        if (number > asked + kAhead) too_far = true;
        made.notify_one();
        return std::optional(number);
      },
      3);
  for (int i = 1; i <= 1000; ++i) {
    for (int seen = made; seen < asked + kAhead; seen = made) made.wait(seen);
    ++asked;
    BOOST_TEST_REQUIRE(prefetch.next().value() == i);
  }
  BOOST_TEST(!too_far);
}

BOOST_AUTO_TEST_CASE(it_may_go_at_any_time) {
  for (const std::size_t depth : {1, 2, 50})
    for (const int taken : {0, 1, 5, 20, 25}) {
      Prefetch<int> prefetch(numbers(20), depth);
      for (int i = 0; i < taken; ++i) (void)prefetch.next();
    }
}

BOOST_AUTO_TEST_CASE(it_does_not_go_on_until_the_queue_is_full) {
  std::atomic<bool> all_made = false;
  {
    Prefetch<int> prefetch(
        [&, left = 10'000'000]() mutable {
          if (left == 0) all_made = true;
          return left == 0 ? std::nullopt : std::optional(left--);
        },
        20'000'000);
    (void)prefetch.next();
  }
  BOOST_TEST(!all_made);
}

BOOST_AUTO_TEST_CASE(time_spent_waiting_is_counted) {
  const auto started = std::chrono::steady_clock::now();
  Prefetch<int> prefetch(numbers(10), 2);
  double before = prefetch.seconds_waited();
  BOOST_TEST(before == 0.0);
  for (int i = 0; i < 12; ++i) {
    (void)prefetch.next();
    BOOST_TEST(prefetch.seconds_waited() > before);
    before = prefetch.seconds_waited();
  }
  const std::chrono::duration<double> all = std::chrono::steady_clock::now() - started;
  BOOST_TEST(before < all.count());
}

// A signal handler's frame must not be put on a stack where products run, and a request to stop is for the
// training loop.
BOOST_AUTO_TEST_CASE(the_thread_takes_no_signal_and_its_maker_those_it_took_before) {
  const auto mask = [] {
    sigset_t set;
    pthread_sigmask(SIG_SETMASK, nullptr, &set);
    std::vector<bool> blocked;
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGALRM, SIGCHLD})
      blocked.push_back(sigismember(&set, signal) == 1);
    return blocked;
  };
  sigset_t one;
  sigemptyset(&one);
  sigaddset(&one, SIGUSR1);
  pthread_sigmask(SIG_SETMASK, &one, nullptr);
  Prefetch<std::vector<bool>> prefetch([&] { return mask(); }, 1);
  BOOST_TEST(prefetch.next().value() == std::vector<bool>(6, true), boost::test_tools::per_element());
  BOOST_TEST(mask() == (std::vector<bool>{false, false, false, true, false, false}),
             boost::test_tools::per_element());
}

}  // namespace favras::seq2seq
