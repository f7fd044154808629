#include "tests/simt/atomics.h"

#include "tests/simt/grid.h"
#include "tests/simt/options.h"
#include "tests/simt/sanitizers.h"

namespace favras::simt {

namespace {

// A thread that does nothing but atomics may wait for another in a loop.
constexpr unsigned kAtomicsAtATime = 10'000;

}  // namespace

void before_atomic(void* address, Site site) {
  const TsanIgnore ignore;
  Thread& thread = this_thread("an atomic");
  Grid& grid = *thread.block->grid;
  if (++thread.atomics > kAtomicsAtATime) {
    grid.spin(site);
  } else if (options().order == Order::kRandom || options().order == Order::kPriorities) {
    grid.yield(site);
  }
  if (thread.fenced) tsan_release(address);
}

void after_atomic(void* address) {
  if (!kTsan) return;
  const TsanIgnore ignore;
  auto& read = current_thread()->read_atomically;
  if (read.empty() || read.back() != address) read.push_back(address);
}

void before_acquire(Site site) {
  const TsanIgnore ignore;
  this_thread("load_acquire").block->grid->spin(site);
}

void after_release() { this_thread("store_release").block->grid->note_progress(); }

}  // namespace favras::simt
