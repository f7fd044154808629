// The state of CUDA threads, warps and blocks while a kernel runs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cuda_runtime.h>
#include <memory>
#include <string>
#include <vector>

#include "tests/simt/fiber.h"
#include "tests/simt/site.h"

namespace favras::simt {

constexpr unsigned kWarpSize = 32;

struct Block;
struct Exchange;
struct Warp;
class Grid;

enum class State { kReady, kAtBlockBarrier, kAtGridBarrier, kAtWarpExchange, kDone };

struct Thread {
  Fiber fiber;
  Block* block = nullptr;
  Warp* warp = nullptr;
  unsigned lane = 0;
  uint3 index{};
  State state = State::kDone;
  Site site{};                 // where it last stopped
  std::uint64_t priority = 0;  // the highest runs first
  unsigned atomics = 0;        // since it last stopped
  // Addresses read by atomics since the last fence, which orders what comes after behind their writers.
  std::vector<void*> read_atomically;
  bool fenced = false;  // what comes before its last fence is ordered before its next atomics
};

// One meeting of the lanes of a mask: what each brought, until each has read it.
struct Exchange {
  unsigned mask = 0;
  Collective kind{};
  Site site{};
  unsigned arrived = 0;  // lanes
  unsigned unread = 0;   // lanes still to read, once complete; 0: the record is free
  bool complete = false;
  std::uint64_t values[kWarpSize] = {};
};

struct Warp {
  Thread* lanes[kWarpSize] = {};
  unsigned present = 0;  // lanes that exist
  unsigned left = 0;     // lanes that have returned
  std::vector<std::unique_ptr<Exchange>> exchanges;
};

// A barrier that a known number of threads pass together, over and over.
struct Barrier {
  unsigned arrived = 0;
  unsigned generation = 0;
  Site site{};  // of the first to arrive
  Collective kind{};
  int tally = 0;         // threads whose predicate held
  int result[2] = {};    // tallies of the last two generations
  char sync_point[2]{};  // addresses for ThreadSanitizer, by generation
};

struct SharedArray {
  const void* key;
  std::byte* memory;
  std::size_t bytes;
};

struct Block {
  Grid* grid = nullptr;
  uint3 index{};
  std::vector<Thread> threads;
  std::vector<Warp> warps;
  unsigned live = 0;
  Thread* first_left = nullptr;  // the first that returned
  Barrier barrier;
  std::vector<SharedArray> shared;
  std::byte* dynamic_shared = nullptr;
};

// The thread whose fiber runs; null on the host.
Thread* current_thread();
// The same, or a fault in the name of `function` on the host.
Thread& this_thread(const char* function);

std::string describe(const Thread& thread);  // "thread (1,0,0) of block (0,0,0)"
std::string describe(Site site);             // "softmax.cu:40"

}  // namespace favras::simt
