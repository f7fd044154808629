#include "tests/simt/grid.h"

#include <algorithm>
#include <exception>
#include <map>
#include <numeric>
#include <utility>

#include <fmt/format.h>

#include "tests/simt/barriers.h"
#include "tests/simt/builtins.h"
#include "tests/simt/sanitizers.h"
#include "tests/simt/shared_memory.h"
#include "tests/simt/warp.h"

namespace favras::simt {

namespace {

Thread* current = nullptr;

// Blocks of an ordinary launch run a few at a time, so that they can meet, but need few stacks.
constexpr std::size_t kBlocksAtOnce = 4;
constexpr std::size_t kThreadsAtOnce = 2048;
constexpr std::size_t kSpinsPerThread = 1000;
constexpr std::size_t kSpinsAtLeast = 20'000;
constexpr std::uint64_t kGivenPriority = std::uint64_t{1} << 63;

std::size_t count(dim3 extent) { return std::size_t{extent.x} * extent.y * extent.z; }

std::size_t blocks_at_once(const LaunchShape& shape) {
  const std::size_t blocks = count(shape.grid);
  if (shape.cooperative) return blocks;
  const std::size_t fit = std::max<std::size_t>(1, kThreadsAtOnce / count(shape.block));
  return std::min({blocks, kBlocksAtOnce, fit});
}

std::vector<std::size_t> block_order(std::size_t blocks, Order order, Random& random) {
  std::vector<std::size_t> numbers(blocks);
  std::iota(numbers.begin(), numbers.end(), std::size_t{0});
  if (order == Order::kLifo) std::reverse(numbers.begin(), numbers.end());
  if (order == Order::kRandom || order == Order::kPriorities) {
    for (std::size_t i = blocks; i > 1; --i) std::swap(numbers[i - 1], numbers[random.below(i)]);
  }
  return numbers;
}

uint3 index_of(std::size_t number, dim3 extent) {
  const std::size_t row = number / extent.x;
  return {static_cast<unsigned>(number % extent.x), static_cast<unsigned>(row % extent.y),
          static_cast<unsigned>(row / extent.y)};
}

const char* waiting_at(State state) {
  switch (state) {
    case State::kAtBlockBarrier:
      return "a block barrier";
    case State::kAtGridBarrier:
      return "a grid barrier";
    case State::kAtWarpExchange:
      return "a warp barrier or exchange";
    default:
      return "a flag";
  }
}

}  // namespace

Thread* current_thread() { return current; }

Thread& this_thread(const char* function) {
  if (current == nullptr) throw KernelFault(fmt::format("{} was called on the host", function));
  return *current;
}

std::string describe(const Thread& thread) {
  const uint3 block = thread.block->index;
  return fmt::format("thread ({},{},{}) of block ({},{},{})", thread.index.x, thread.index.y, thread.index.z,
                     block.x, block.y, block.z);
}

std::string describe(Site site) {
  const std::string path = site.file == nullptr ? "its start" : site.file;
  return fmt::format("{}:{}", path.substr(path.rfind('/') + 1), site.line);
}

Grid::Grid(const LaunchShape& shape, const std::function<void()>& kernel)
    : shape_(shape),
      kernel_(kernel),
      random_(options().seed),
      ready_(options().order, random_.next(), blocks_at_once(shape) * count(shape.block)),
      warps_together_(random_.below(2) == 0),
      order_(block_order(count(shape.grid), options().order, random_)),
      slots_(blocks_at_once(shape)) {
  const std::size_t threads = count(shape.block);
  for (Block& block : slots_) {
    block.grid = this;
    block.threads.resize(threads);
    block.warps.resize((threads + kWarpSize - 1) / kWarpSize);
  }
}

Grid::~Grid() {
  for (Block& block : slots_) free_shared(block);
  for (Block& block : slots_) {
    for (Thread& thread : block.threads) {
      if (thread.state != State::kDone) thread.fiber.release_for_tsan(&end_point_);
    }
  }
  tsan_acquire(&end_point_);
  slots_.clear();
  Fiber::forget_launch();
}

void Grid::run() {
  gridDim = shape_.grid;
  blockDim = shape_.block;
  tsan_release(&start_point_);
  for (Block& block : slots_) open(block, order_[opened_++]);
  while (live_ > 0) {
    if (ready_.empty()) throw KernelFault("deadlock: " + deadlock_report());
    step(ready_.pop());
    if (!fault_.empty()) throw KernelFault(fault_);
  }
}

void Grid::open(Block& block, std::size_t number) {
  block.index = index_of(number, shape_.grid);
  block.live = static_cast<unsigned>(block.threads.size());
  block.first_left = nullptr;
  block.barrier = Barrier{};
  live_ += block.live;
  block.dynamic_shared = allocate_shared(block, nullptr, shape_.shared_bytes);
  for (Warp& warp : block.warps) warp.present = warp.left = 0;
  std::uint64_t warp_priority = 0;
  for (unsigned rank = 0; rank < block.threads.size(); ++rank) {
    if (rank % kWarpSize == 0) warp_priority = random_.next() >> 32 << 30;
    start(block, rank, warp_priority);
  }
}

void Grid::start(Block& block, unsigned rank, std::uint64_t warp_priority) {
  Thread& thread = block.threads[rank];
  thread.block = &block;
  thread.warp = &block.warps[rank / kWarpSize];
  thread.lane = rank % kWarpSize;
  thread.index = index_of(rank, shape_.block);
  thread.state = State::kReady;
  thread.site = Site{};
  thread.priority =
      kGivenPriority + (warps_together_ ? warp_priority + (random_.next() >> 34) : random_.next() >> 2);
  thread.read_atomically.clear();
  thread.fenced = false;
  thread.warp->lanes[thread.lane] = &thread;
  thread.warp->present |= 1u << thread.lane;
  if (kTsan) thread.fiber.forget();
  thread.fiber.start(&Grid::thread_main, &thread);
  ready_.push(thread);
}

void Grid::thread_main(void* argument) {
  auto& thread = *static_cast<Thread*>(argument);
  Grid& grid = *thread.block->grid;
  tsan_acquire(&grid.start_point_);
  try {
    grid.kernel_();
  } catch (const std::exception& error) {
    grid.fault_ = describe(thread) + " threw: " + error.what();
  }
  tsan_release(&grid.end_point_);
  thread.state = State::kDone;
}

void Grid::step(Thread& thread) {
  current = &thread;
  threadIdx = thread.index;
  blockIdx = thread.block->index;
  thread.atomics = 0;
  thread.fiber.resume();
  current = nullptr;
  if (thread.state == State::kDone) after_return(thread);
}

void Grid::after_return(Thread& thread) {
  if (thread.fiber.overrun()) fault_ = describe(thread) + " ran over its stack";
  if (!fault_.empty()) return;
  Block& block = *thread.block;
  note_progress();
  any_left_ = true;
  if (block.first_left == nullptr) block.first_left = &thread;
  --live_;
  --block.live;
  thread.warp->left |= 1u << thread.lane;
  fault_ = barriers_after_return(thread);
  if (fault_.empty()) fault_ = exchanges_after_return(thread);
  if (block.live > 0) return;
  free_shared(block);
  if (opened_ < order_.size()) open(block, order_[opened_++]);
}

void Grid::stop(State state, Site site) {
  current->state = state;
  current->site = site;
  current->fiber.suspend();
}

void Grid::wake(Thread& thread) {
  note_progress();
  thread.state = State::kReady;
  ready_.push(thread);
}

void Grid::yield(Site site) {
  ready_.push(*current);
  stop(State::kReady, site);
}

void Grid::spin(Site site) {
  if (++spins_ > kSpinsAtLeast + kSpinsPerThread * live_) {
    current->site = site;
    fault("threads only spin: " + deadlock_report());
  }
  ready_.push_last(*current);
  stop(State::kReady, site);
}

void Grid::fault(std::string what) {
  fault_ = std::move(what);
  current->fiber.suspend();
  std::terminate();  // an abandoned fiber is never resumed
}

std::string Grid::deadlock_report() const {
  struct Crowd {
    const Thread* first;
    std::size_t size;
  };
  std::map<std::pair<State, std::string>, Crowd> crowds;
  for (const Block& block : slots_) {
    for (const Thread& thread : block.threads) {
      if (thread.state == State::kDone) continue;
      ++crowds.try_emplace({thread.state, describe(thread.site)}, Crowd{&thread, 0}).first->second.size;
    }
  }
  std::string report;
  for (const auto& [where, crowd] : crowds) {
    report += fmt::format("{}{} thread{} at {}, {} (the first: {})", report.empty() ? "" : "; ", crowd.size,
                          crowd.size == 1 ? "" : "s", where.second, waiting_at(where.first),
                          describe(*crowd.first));
  }
  return report;
}

}  // namespace favras::simt
