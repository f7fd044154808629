#include "tests/simt/ready_queue.h"

#include <algorithm>
#include <utility>

#include "tests/simt/thread.h"

namespace favras::simt {

namespace {

constexpr std::uint64_t kInitialLowest = std::uint64_t{1} << 62;  // the given priorities lie above
// Few drops, as PCT has it: between them the order of the priorities must hold long enough for one warp
// to leave the others behind.
constexpr std::uint64_t kStepsPerThread = 128;

bool lower(const Thread* a, const Thread* b) { return a->priority < b->priority; }

}  // namespace

ReadyQueue::ReadyQueue(Order order, std::uint64_t seed, std::size_t threads)
    : order_(order),
      random_(seed),
      steps_between_drops_(kStepsPerThread * threads),
      lowest_(kInitialLowest) {}

void ReadyQueue::push(Thread& thread) {
  switch (order_) {
    case Order::kFifo:
    case Order::kLifo:
      queue_.push_back(&thread);
      return;
    case Order::kRandom:
      heap_.push_back(&thread);
      return;
    case Order::kPriorities:
      // Now and then a thread falls behind all others, wherever it is (PCT's priority change points).
      if (random_.below(steps_between_drops_) == 0) thread.priority = --lowest_;
      heap_.push_back(&thread);
      std::push_heap(heap_.begin(), heap_.end(), lower);
      return;
  }
}

void ReadyQueue::push_last(Thread& thread) {
  if (order_ == Order::kLifo) {
    queue_.push_front(&thread);
    return;
  }
  thread.priority = --lowest_;
  push(thread);
}

Thread& ReadyQueue::pop() {
  Thread* next = nullptr;
  switch (order_) {
    case Order::kFifo:
      next = queue_.front();
      queue_.pop_front();
      break;
    case Order::kLifo:
      next = queue_.back();
      queue_.pop_back();
      break;
    case Order::kRandom:
      std::swap(heap_[random_.below(heap_.size())], heap_.back());
      next = heap_.back();
      heap_.pop_back();
      break;
    case Order::kPriorities:
      std::pop_heap(heap_.begin(), heap_.end(), lower);
      next = heap_.back();
      heap_.pop_back();
      break;
  }
  return *next;
}

}  // namespace favras::simt
