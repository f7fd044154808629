#include "apps/seq2seq/training/checkpoint_saver.h"

#include <chrono>
#include <exception>
#include <utility>

#include "apps/seq2seq/io/signal_mask.h"

namespace favras::seq2seq {

CheckpointSaver::CheckpointSaver(std::function<void(const Snapshot&)> save) : save_(std::move(save)) {
  thread_ = without_signals([this] { return std::thread([this] { run(); }); });
}

CheckpointSaver::~CheckpointSaver() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void CheckpointSaver::submit(Snapshot snapshot) {
  {
    const std::lock_guard lock(mutex_);
    if (!snapshot.best && waiting_) snapshot.best = waiting_->best;
    if (!snapshot.best) snapshot.best = unsaved_best_;
    unsaved_best_ = nullptr;
    waiting_ = std::move(snapshot);
  }
  changed_.notify_all();
}

bool CheckpointSaver::busy() const {
  const std::lock_guard lock(mutex_);
  return saving_ || waiting_;
}

void CheckpointSaver::wait() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return !saving_ && !waiting_; });
}

std::vector<CheckpointSaver::Result> CheckpointSaver::take_results() {
  const std::lock_guard lock(mutex_);
  return std::exchange(results_, {});
}

CheckpointSaver::Result CheckpointSaver::try_to_save(const Snapshot& snapshot) const {
  Result result{
      .step = snapshot.state.step, .bytes = snapshot.bytes(), .stall_seconds = snapshot.stall_seconds};
  const auto started = std::chrono::steady_clock::now();
  try {
    save_(snapshot);
  } catch (const std::exception& error) {
    result.problem = error.what();
  }
  result.save_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  return result;
}

void CheckpointSaver::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return waiting_ || ending_; });
    if (!waiting_) return;
    const Snapshot snapshot = *std::exchange(waiting_, std::nullopt);
    saving_ = true;
    lock.unlock();
    Result result = try_to_save(snapshot);
    lock.lock();
    saving_ = false;
    if (!result.problem.empty() && snapshot.best) {
      std::shared_ptr<const Weights>& kept = waiting_ ? waiting_->best : unsaved_best_;
      if (!kept) kept = snapshot.best;
    }
    results_.push_back(std::move(result));
    changed_.notify_all();
  }
}

}  // namespace favras::seq2seq
