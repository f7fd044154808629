// Saving on another thread: what is handed over, what gives way, and what is never lost.
#include "apps/seq2seq/training/checkpoint_saver.h"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <signal.h>
#include <stdexcept>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace favras::seq2seq {
namespace {

std::shared_ptr<const Weights> weights(float value) {
  const auto made = std::make_shared<Weights>();
  made->values = {value};
  return made;
}

Snapshot snapshot(std::uint64_t step, std::shared_ptr<const Weights> best = nullptr) {
  Snapshot result;
  result.state.step = step;
  result.weights = weights(0.0f);
  result.best = std::move(best);
  result.stall_seconds = 0.25;
  return result;
}

// A disk that takes one snapshot after another, each when it is let to, and refuses those of these steps.
class Disk {
 public:
  explicit Disk(std::set<std::uint64_t> refused = {}) : refused_(std::move(refused)) {}

  void save(const Snapshot& snapshot) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return open_; });
    if (refused_.contains(snapshot.state.step)) throw std::runtime_error("refused");
    saved.push_back(snapshot);
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }

  std::vector<Snapshot> saved;  // look at it when the saver is done

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
  const std::set<std::uint64_t> refused_;
};

std::vector<std::uint64_t> steps(const std::vector<Snapshot>& snapshots) {
  std::vector<std::uint64_t> found;
  for (const Snapshot& snapshot : snapshots) found.push_back(snapshot.state.step);
  return found;
}

BOOST_AUTO_TEST_CASE(handing_over_does_not_wait_for_the_disk) {
  Disk disk;
  CheckpointSaver saver([&](const Snapshot& s) { disk.save(s); });
  BOOST_TEST(!saver.busy());
  saver.submit(snapshot(1));  // the disk takes nothing yet: a save that waited would never come back
  BOOST_TEST(saver.busy());
  BOOST_TEST(saver.take_results().empty());
  disk.open();
  saver.wait();
  BOOST_TEST(!saver.busy());
  const auto results = saver.take_results();
  BOOST_TEST_REQUIRE(results.size() == 1u);
  BOOST_TEST(results[0].step == 1u);
  BOOST_TEST(results[0].problem == "");
  BOOST_TEST(results[0].stall_seconds == 0.25);
  BOOST_TEST(results[0].bytes > 0u);
  BOOST_TEST(saver.take_results().empty());
}

BOOST_AUTO_TEST_CASE(the_newest_that_waits_is_the_one_to_be_saved) {
  Disk disk;
  {
    CheckpointSaver saver([&](const Snapshot& s) { disk.save(s); });
    for (std::uint64_t step = 1; step <= 5; ++step) saver.submit(snapshot(step));
    disk.open();
  }  // the end of the saver waits for what was handed over
  BOOST_TEST_REQUIRE(!disk.saved.empty());
  BOOST_TEST(disk.saved.size() <= 2u);  // one that was under way, and the newest
  BOOST_TEST(disk.saved.back().state.step == 5u);
}

BOOST_AUTO_TEST_CASE(best_weights_outlive_the_snapshot_that_gives_way) {
  Disk disk;
  CheckpointSaver saver([&](const Snapshot& s) { disk.save(s); });
  saver.submit(snapshot(1));
  saver.submit(snapshot(2, weights(2.0f)));
  saver.submit(snapshot(3, weights(3.0f)));
  saver.submit(snapshot(4));
  disk.open();
  saver.wait();
  BOOST_TEST(disk.saved.back().state.step == 4u);
  BOOST_TEST_REQUIRE(disk.saved.back().best != nullptr);
  BOOST_TEST(disk.saved.back().best->values[0] == 3.0f);
}

BOOST_AUTO_TEST_CASE(best_weights_outlive_a_save_that_fails) {
  Disk disk({1, 2});
  disk.open();
  CheckpointSaver saver([&](const Snapshot& s) { disk.save(s); });
  const auto save = [&](Snapshot s) {
    saver.submit(std::move(s));
    saver.wait();
    return saver.take_results().back().problem;
  };
  BOOST_TEST(save(snapshot(1, weights(1.0f))) == "refused");
  BOOST_TEST(save(snapshot(2)) == "refused");
  BOOST_TEST(save(snapshot(3)) == "");
  BOOST_TEST_REQUIRE(disk.saved[0].best != nullptr);
  BOOST_TEST(disk.saved[0].best->values[0] == 1.0f);
  BOOST_TEST(save(snapshot(4)) == "");
  BOOST_TEST((disk.saved[1].best == nullptr));
  BOOST_TEST(steps(disk.saved) == (std::vector<std::uint64_t>{3, 4}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(newer_best_weights_replace_those_that_failed) {
  Disk disk({1});
  disk.open();
  CheckpointSaver saver([&](const Snapshot& s) { disk.save(s); });
  saver.submit(snapshot(1, weights(1.0f)));
  saver.wait();
  saver.submit(snapshot(2, weights(2.0f)));
  saver.wait();
  saver.submit(snapshot(3));
  saver.wait();
  BOOST_TEST(disk.saved[0].best->values[0] == 2.0f);
  BOOST_TEST((disk.saved[1].best == nullptr));
}

BOOST_AUTO_TEST_CASE(no_signal_reaches_its_thread) {
  sigset_t blocked;
  CheckpointSaver saver([&](const Snapshot&) { pthread_sigmask(SIG_SETMASK, nullptr, &blocked); });
  saver.submit(snapshot(1));
  saver.wait();
  for (const int number : {SIGINT, SIGTERM, SIGUSR1, SIGHUP, SIGALRM})
    BOOST_TEST(sigismember(&blocked, number) == 1);
}

}  // namespace
}  // namespace favras::seq2seq
