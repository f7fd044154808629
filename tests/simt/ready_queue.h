// The threads that can run, and which of them is next.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "tests/simt/options.h"
#include "tests/simt/random.h"

namespace favras::simt {

struct Thread;

class ReadyQueue {
 public:
  ReadyQueue(Order order, std::uint64_t seed, std::size_t threads);

  bool empty() const { return queue_.empty() && heap_.empty(); }
  void push(Thread& thread);
  // After all others, as far as the order has an after: for a thread that waits by spinning.
  void push_last(Thread& thread);
  Thread& pop();

 private:
  Order order_;
  Random random_;
  std::uint64_t steps_between_drops_;  // on average
  std::uint64_t lowest_;               // below every priority given so far
  std::deque<Thread*> queue_;          // FIFO, LIFO
  std::vector<Thread*> heap_;          // random: a bag; priorities: a heap
};

}  // namespace favras::simt
