// Device memory for tensors: blocks are kept and handed out again, under a budget. All work on a device is in
// one stream, so a block may be handed out again before the work that used it is done: what uses it next
// comes after.
//
// Batches of every length ask for sizes of their own. A request takes the smallest cached block that holds
// it, unless that is more than eight times as large: the blocks of the longest batches serve the shorter
// ones. Where none will do, cached blocks that are too small go back before a new one is taken, until what is
// held is a quarter above the most that was ever in use at once. So blocks grow to what the longest batches
// need, and soon hardly a step allocates. Once memory has been short, only blocks of the size asked for are
// taken: what a larger one wastes could be missing later in the same step.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <stdexcept>

#include "engine/device.h"

namespace favras {

// Says what was asked, what is held, and what to lower.
struct OutOfMemory : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// While recording, when no cached block fits.
struct NothingCached : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct AllocatorStatistics {
  std::size_t in_use = 0;  // bytes asked for and not released, rounded up
  std::size_t peak_in_use = 0;
  std::size_t reserved = 0;      // bytes held from the system, in live and cached blocks
  std::size_t system_calls = 0;  // times memory was asked of the system; constant once shapes repeat
};

// Sizes are rounded up to one of eight steps between powers of two, so that batches of similar shape share
// blocks. Thread-safe.
class CachingAllocator {
 public:
  static CachingAllocator& of(Device);

  explicit CachingAllocator(Device);
  ~CachingAllocator();
  CachingAllocator(const CachingAllocator&) = delete;
  CachingAllocator& operator=(const CachingAllocator&) = delete;

  // A block of at least `bytes`, 64-byte aligned, contents undefined. Null for 0 bytes. Throws OutOfMemory.
  void* allocate(std::size_t bytes);
  void release(void* block) noexcept;

  void set_limit(std::size_t bytes);  // budget over live and cached blocks; 0: none
  void release_cached();              // gives cached blocks back to the system
  AllocatorStatistics statistics() const;

  // Blocks handed out while recording stay with the allocator until release_recorded(), since a graph has
  // their addresses and writes to them whenever it is launched.
  enum class Phase {
    kOrdinary,   // hands out no recorded block
    kShared,     // any: contents last until the next launch
    kRecording,  // any cached one, or throws NothingCached
  };
  void set_phase(Phase phase);
  void release_recorded();
  // Called, outside recording, before memory is given back to make room; it may release_recorded().
  void on_shortage(std::function<void()> callback);

 private:
  struct Block {
    void* address = nullptr;
    std::size_t size = 0;
  };
  struct Live {
    std::size_t size, asked;  // of the block; what it is used for, rounded up
  };
  using Cached = std::multimap<std::size_t, void*>;  // by size, the latest released first

  Block take_cached(std::size_t size);
  Block take_new(std::size_t size);  // none if the limit or the system has no more
  void make_room(std::size_t size);
  void release_cached_locked();
  Cached::iterator give_back(Cached::iterator);
  [[noreturn]] void fail(std::size_t bytes) const;

  Device device_;
  mutable std::mutex mutex_;
  Cached cached_;
  std::map<void*, Live> live_;
  std::size_t live_bytes_ = 0;  // of whole blocks: more than is in use
  bool was_short_ = false;
  std::set<void*> recorded_;
  std::size_t recorded_bytes_ = 0;
  Phase phase_ = Phase::kOrdinary;
  std::function<void()> on_shortage_;
  std::size_t limit_ = 0;
  AllocatorStatistics statistics_;
};

}  // namespace favras
