// One launch: its blocks, its threads, and the loop that runs them one at a time.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tests/simt/ready_queue.h"
#include "tests/simt/thread.h"

namespace favras::simt {

struct LaunchShape {
  dim3 grid;
  dim3 block;
  std::size_t shared_bytes = 0;  // dynamic
  bool cooperative = false;      // all blocks run at once
};

class Grid {
 public:
  Grid(const LaunchShape& shape, const std::function<void()>& kernel);
  ~Grid();

  // To the end, or throws KernelFault. On the host; one grid at a time.
  void run();

  // What follows is called on a thread's fiber.
  void stop(State state, Site site);  // returns when the thread has been woken
  void wake(Thread& thread);
  void yield(Site site);  // stays ready
  void spin(Site site);   // stays ready, behind all others
  void note_progress() { spins_ = 0; }
  [[noreturn]] void fault(std::string what);

  const LaunchShape& shape() const { return shape_; }
  std::vector<Block>& blocks() { return slots_; }
  Barrier& barrier() { return barrier_; }
  unsigned live_threads() const { return live_; }
  bool any_left() const { return any_left_; }

 private:
  static void thread_main(void* thread);
  void open(Block& block, std::size_t number);
  void start(Block& block, unsigned rank, std::uint64_t warp_priority);
  void after_return(Thread& thread);
  void step(Thread& thread);
  std::string deadlock_report() const;

  LaunchShape shape_;
  const std::function<void()>& kernel_;
  Random random_;
  ReadyQueue ready_;
  bool warps_together_;             // priorities by warp first
  std::vector<std::size_t> order_;  // of the blocks
  std::size_t opened_ = 0;
  std::vector<Block> slots_;  // blocks that run at the same time
  Barrier barrier_;           // grid sync
  unsigned live_ = 0;         // threads
  bool any_left_ = false;     // some thread has returned
  std::size_t spins_ = 0;     // since something else happened
  std::string fault_;
  char start_point_ = 0, end_point_ = 0;  // addresses for ThreadSanitizer
};

}  // namespace favras::simt
