#include "tests/simt/barriers.h"

#include <utility>

#include <fmt/format.h>

#include "tests/simt/grid.h"
#include "tests/simt/options.h"
#include "tests/simt/sanitizers.h"

namespace favras::simt {

namespace {

// Wakes the threads of the block that wait in `state`, in their order.
void wake_all(Block& block, State state) {
  for (Thread& thread : block.threads) {
    if (thread.state == state) block.grid->wake(thread);
  }
}

void complete(Barrier& barrier) {
  barrier.result[barrier.generation % 2] = barrier.tally;
  barrier.tally = 0;
  barrier.arrived = 0;
  ++barrier.generation;
}

std::string early_return(const Thread& left, Collective kind, Site site) {
  return fmt::format("{} returned before {} at {}, where other threads of its block wait", describe(left),
                     name(kind), describe(site));
}

// The calling thread joins those at the barrier; all of them must be at the same one.
void join(Thread& thread, Barrier& barrier, Collective kind, bool predicate, Site site) {
  if (barrier.arrived == 0) {
    barrier.site = site;
    barrier.kind = kind;
  } else if (barrier.kind != kind || (options().strict && !(barrier.site == site))) {
    std::string what =
        fmt::format("divergent barrier: {} is at {} at {}, others are at {} at {}", describe(thread),
                    name(kind), describe(site), name(barrier.kind), describe(barrier.site));
    thread.block->grid->fault(std::move(what));
  }
  ++barrier.arrived;
  barrier.tally += predicate ? 1 : 0;
}

}  // namespace

int block_barrier(Collective kind, bool predicate, Site site) {
  const TsanIgnore ignore;
  Thread& thread = this_thread(name(kind));
  Block& block = *thread.block;
  if (reach(kind, site) && kind == Collective::kSyncthreads) return 0;
  thread.site = site;
  if (options().strict && block.first_left != nullptr) {
    std::string what = early_return(*block.first_left, kind, site);
    block.grid->fault(std::move(what));
  }
  join(thread, block.barrier, kind, predicate, site);
  // Two generations' threads can be under way at once, hence two addresses.
  const unsigned generation = block.barrier.generation % 2;
  tsan_release(&block.barrier.sync_point[generation]);
  if (block.barrier.arrived == block.live) {
    complete(block.barrier);
    thread.state = State::kAtBlockBarrier;
    wake_all(block, State::kAtBlockBarrier);
    block.grid->stop(State::kReady, site);
  } else {
    block.grid->stop(State::kAtBlockBarrier, site);
  }
  tsan_acquire(&block.barrier.sync_point[generation]);
  return block.barrier.result[generation];
}

void grid_barrier(Site site) {
  const TsanIgnore ignore;
  Thread& thread = this_thread(name(Collective::kGridSync));
  Grid& grid = *thread.block->grid;
  if (reach(Collective::kGridSync, site)) return;
  thread.site = site;
  if (!grid.shape().cooperative || grid.any_left()) {
    std::string what = fmt::format(
        "{} is at grid sync at {}, {}", describe(thread), describe(site),
        grid.any_left() ? "but another thread has returned" : "but the launch is not cooperative");
    grid.fault(std::move(what));
  }
  Barrier& barrier = grid.barrier();
  join(thread, barrier, Collective::kGridSync, false, site);
  const unsigned generation = barrier.generation % 2;
  tsan_release(&barrier.sync_point[generation]);
  if (barrier.arrived == grid.live_threads()) {
    complete(barrier);
    thread.state = State::kAtGridBarrier;
    for (Block& block : grid.blocks()) wake_all(block, State::kAtGridBarrier);
    grid.stop(State::kReady, site);
  } else {
    grid.stop(State::kAtGridBarrier, site);
  }
  tsan_acquire(&barrier.sync_point[generation]);
}

void fence(Site site) {
  const TsanIgnore ignore;
  Thread& thread = this_thread(name(Collective::kFence));
  if (reach(Collective::kFence, site)) return;
  if (!kTsan) return;
  for (void* address : thread.read_atomically) tsan_acquire(address);
  thread.read_atomically.clear();
  thread.fenced = true;
}

std::string barriers_after_return(Thread& thread) {
  Block& block = *thread.block;
  const Barrier& grid_barrier = block.grid->barrier();
  if (grid_barrier.arrived > 0) return early_return(thread, grid_barrier.kind, grid_barrier.site);
  if (block.barrier.arrived == 0) return {};
  if (options().strict) return early_return(thread, block.barrier.kind, block.barrier.site);
  if (block.barrier.arrived == block.live) {
    complete(block.barrier);
    wake_all(block, State::kAtBlockBarrier);
  }
  return {};
}

}  // namespace favras::simt
