// Device memory for tensors: blocks are kept and handed out again, under a budget. All work on a device is in
// one stream, so a block may be handed out again before the work that used it is done: what uses it next
// comes after.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <stdexcept>
#include <vector>

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
  std::size_t in_use = 0;  // bytes of live blocks
  std::size_t peak_in_use = 0;
  std::size_t reserved = 0;      // bytes held from the system: live and cached
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
  void* take_cached(std::size_t size);
  void* take_new(std::size_t size);  // null if the limit or the system has no more
  void release_cached_locked();
  [[noreturn]] void fail(std::size_t bytes) const;

  Device device_;
  mutable std::mutex mutex_;
  std::map<std::size_t, std::vector<void*>> cached_;  // by size
  std::map<void*, std::size_t> live_;
  std::set<void*> recorded_;
  Phase phase_ = Phase::kOrdinary;
  std::function<void()> on_shortage_;
  std::size_t limit_ = 0;
  AllocatorStatistics statistics_;
};

}  // namespace favras
