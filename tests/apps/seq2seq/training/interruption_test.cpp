// The first signal is a request, the second one an end. Each case runs in a process of its own, as a request
// is never taken back. raise() sends to the calling thread, which takes the signal when it asks; kill() to
// the process.
#include "apps/seq2seq/training/interruption.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <sys/prctl.h>
#include <thread>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <omp.h>

#include "tests/engine/storage/scratch.h"

namespace favras::seq2seq {

namespace {

const std::pair<int, std::string> kWatched[] = {
    {SIGINT, "SIGINT"}, {SIGTERM, "SIGTERM"}, {SIGUSR1, "SIGUSR1"}, {SIGHUP, "SIGHUP"}, {SIGXCPU, "SIGXCPU"}};

void raise_and_ask(int signal) {
  std::raise(signal);
  interruption_requested();
}

void wait_for_request() {
  while (!interruption_requested()) std::this_thread::yield();
}

void check_ended_by(int end, int signal) {
  BOOST_TEST(WIFSIGNALED(end));
  BOOST_TEST(WTERMSIG(end) == signal);
}

}  // namespace

BOOST_AUTO_TEST_CASE(nothing_is_requested_before_a_signal) {
  const int end = test::in_child([] {
    if (interruption_requested()) return 1;  // not even watched for
    watch_for_interruption();
    return interruption_requested() ? 1 : 0;
  });
  BOOST_TEST(end == 0);
}

BOOST_AUTO_TEST_CASE(the_first_signal_is_a_request) {
  for (const auto& [signal, name] : kWatched) {
    const int end = test::in_child([&] {
      watch_for_interruption();
      std::raise(signal);
      return interruption_reason() == name && interruption_requested() ? 0 : 1;
    });
    BOOST_TEST(end == 0, name);
  }
}

BOOST_AUTO_TEST_CASE(a_signal_for_the_whole_process_is_a_request) {
  const int end = test::in_child([] {
    watch_for_interruption();
    kill(getpid(), SIGUSR1);
    wait_for_request();
    return interruption_reason() == "SIGUSR1" ? 0 : 1;
  });
  BOOST_TEST(end == 0);
}

BOOST_AUTO_TEST_CASE(the_program_itself_may_ask_and_the_first_reason_stays) {
  const int end = test::in_child([] {
    watch_for_interruption();
    std::thread([] { request_interruption("spot notice: terminate"); }).join();
    request_interruption("another");
    raise_and_ask(SIGTERM);  // not the second signal: the first one
    return interruption_reason() == "spot notice: terminate" ? 0 : 1;
  });
  BOOST_TEST(end == 0);
}

// A handler's frame on the stack of a thread inside a product would be written over the heap.
BOOST_AUTO_TEST_CASE(no_signal_reaches_a_thread_at_work) {
  for (const auto& [signal, name] : kWatched) {
    const int end = test::in_child([&, number = signal] {
      omp_set_num_threads(3);
      int threads = 0;
#pragma omp parallel reduction(+ : threads)
      threads = 1;
      watch_for_interruption();
#pragma omp parallel
      for (int i = 0; i < 10; ++i) std::raise(number);
      for (int i = 0; i < 10; ++i) std::raise(number);
      return threads == 3 && interruption_requested() ? 0 : 1;
    });
    BOOST_TEST(end == 0, name);
  }
}

BOOST_AUTO_TEST_CASE(the_second_signal_ends_the_process) {
  for (const int first : {SIGINT, SIGTERM, SIGUSR1})
    for (const int second : {SIGINT, SIGTERM, SIGUSR1})
      check_ended_by(test::in_child([&] {
                       watch_for_interruption();
                       raise_and_ask(first);
                       raise_and_ask(second);
                       return 0;
                     }),
                     second);
}

BOOST_AUTO_TEST_CASE(the_second_signal_ends_a_process_that_is_busy_elsewhere) {
  check_ended_by(test::in_child([] {
                   watch_for_interruption();
                   kill(getpid(), SIGINT);
                   wait_for_request();
                   kill(getpid(), SIGTERM);
                   for (;;) pause();  // and asks no more
                   return 0;
                 }),
                 SIGTERM);
}

BOOST_AUTO_TEST_CASE(signals_that_come_in_numbers_are_no_second_ones) {
  for (const int signal : {SIGHUP, SIGXCPU}) {
    check_ended_by(test::in_child([&] {
                     watch_for_interruption();
                     for (int i = 0; i < 3; ++i) raise_and_ask(signal);
                     raise_and_ask(SIGTERM);  // the first that counts
                     raise_and_ask(signal);
                     raise_and_ask(SIGUSR1);
                     return 0;
                   }),
                   SIGUSR1);
  }
}

// A terminal's Ctrl-C reaches parent and child, and the parent passes it on.
BOOST_AUTO_TEST_CASE(what_a_supervisor_passes_on_counts_apart) {
  std::array<int, 2> told{};
  BOOST_TEST_REQUIRE(pipe(told.data()) == 0);
  const int end = test::in_child([&] {
    const pid_t child = fork();
    if (child == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      watch_for_interruption();
      if (write(told[1], "w", 1) != 1) _exit(1);  // watching
      wait_for_request();
      raise_and_ask(SIGINT);
      if (write(told[1], "a", 1) != 1) _exit(1);  // alive
      raise_and_ask(SIGINT);
      _exit(1);
    }
    char watching = 0;
    if (read(told[0], &watching, 1) != 1) return 1;
    kill(child, SIGINT);
    int status = 0;
    waitpid(child, &status, 0);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 100;
  });
  BOOST_TEST(WEXITSTATUS(end) == SIGINT);
  char alive = 0;
  BOOST_TEST(read(told[0], &alive, 1) == 1);
  BOOST_TEST(alive == 'a');
}

BOOST_AUTO_TEST_CASE(a_supervisor_that_passes_on_twice_ends_the_process) {
  const int end = test::in_child([] {
    std::array<int, 2> told{};
    if (pipe(told.data()) != 0) return 1;
    const pid_t child = fork();
    if (child == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      watch_for_interruption();
      if (write(told[1], "w", 1) != 1) _exit(1);
      wait_for_request();
      if (write(told[1], "n", 1) != 1) _exit(1);  // noticed
      for (;;) pause();
    }
    for (int i = 0; i < 2; ++i) {
      char told_me = 0;
      if (read(told[0], &told_me, 1) != 1) return 1;
      kill(child, SIGTERM);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 100;
  });
  BOOST_TEST(WEXITSTATUS(end) == SIGTERM);
}

BOOST_AUTO_TEST_CASE(what_was_ignored_stays_ignored) {
  const int end = test::in_child([] {
    for (const int signal : {SIGHUP, SIGINT}) std::signal(signal, SIG_IGN);
    watch_for_interruption();
    for (int i = 0; i < 3; ++i)
      for (const int signal : {SIGHUP, SIGINT}) raise_and_ask(signal);
    if (interruption_requested()) return 1;
    raise_and_ask(SIGTERM);
    return interruption_reason() == "SIGTERM" ? 0 : 1;
  });
  BOOST_TEST(end == 0);
}

BOOST_AUTO_TEST_CASE(a_reader_that_goes_away_ends_nothing) {
  const int end = test::in_child([] {
    watch_for_interruption();
    std::array<int, 2> ends{};
    if (pipe(ends.data()) != 0) return 1;
    close(ends[0]);
    return write(ends[1], "x", 1) == -1 && errno == EPIPE && !interruption_requested() ? 0 : 1;
  });
  BOOST_TEST(end == 0);
}

}  // namespace favras::seq2seq
