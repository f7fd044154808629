#include "engine/allocator.h"

#include <algorithm>
#include <bit>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "engine/dispatch.h"
#include "kernels/memory/memory.h"

namespace favras {
namespace {

constexpr std::size_t kAlignment = 64;
constexpr double kMebibyte = 1024.0 * 1024.0;

std::size_t rounded(std::size_t bytes) {
  const std::size_t step = std::max(kAlignment, std::bit_ceil(bytes) / 16);
  return (bytes + step - 1) / step * step;
}

void* system_allocate(Device device, std::size_t bytes) {
  return on_device(device, [&](auto& context) { return allocate(context, bytes); });
}

void system_release(Device device, void* block) {
  on_device(device, [&](auto& context) { release(context, block); });
}

}  // namespace

CachingAllocator& CachingAllocator::of(Device device) {
  // Never destroyed: tensors in static storage may outlive any order of destruction.
  static auto* const allocators = new std::map<std::pair<DeviceKind, int>, CachingAllocator>;
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  return allocators->try_emplace({device.kind, device.index}, device).first->second;
}

CachingAllocator::CachingAllocator(Device device) : device_(device) {}

CachingAllocator::~CachingAllocator() { release_cached_locked(); }

void* CachingAllocator::allocate(std::size_t bytes) {
  if (bytes == 0) return nullptr;
  std::unique_lock lock(mutex_);
  if (bytes > SIZE_MAX / 2) fail(bytes);
  const std::size_t size = rounded(bytes);
  void* block = take_cached(size);
  if (!block && phase_ == Phase::kRecording)
    throw NothingCached(fmt::format("no block of {} bytes is cached", size));
  if (!block) block = take_new(size);
  if (!block) {
    if (on_shortage_) {
      lock.unlock();
      on_shortage_();
      lock.lock();
    }
    release_cached_locked();
    block = take_new(size);
  }
  if (!block) fail(bytes);
  if (phase_ == Phase::kRecording) recorded_.insert(block);
  live_.emplace(block, size);
  statistics_.in_use += size;
  statistics_.peak_in_use = std::max(statistics_.peak_in_use, statistics_.in_use);
  return block;
}

void* CachingAllocator::take_cached(std::size_t size) {
  const auto cached = cached_.find(size);
  if (cached == cached_.end()) return nullptr;
  std::vector<void*>& blocks = cached->second;
  const auto found = std::find_if(blocks.rbegin(), blocks.rend(), [&](void* block) {
    return phase_ != Phase::kOrdinary || !recorded_.contains(block);
  });
  if (found == blocks.rend()) return nullptr;
  void* const block = *found;
  blocks.erase(std::next(found).base());
  return block;
}

void* CachingAllocator::take_new(std::size_t size) {
  if (limit_ != 0 && statistics_.reserved + size > limit_) return nullptr;
  void* const block = system_allocate(device_, size);
  if (!block) return nullptr;
  statistics_.reserved += size;
  ++statistics_.system_calls;
  return block;
}

void CachingAllocator::release(void* block) noexcept {
  if (!block) return;
  const std::lock_guard lock(mutex_);
  const auto live = live_.find(block);
  statistics_.in_use -= live->second;
  cached_[live->second].push_back(block);
  live_.erase(live);
}

void CachingAllocator::set_limit(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  limit_ = bytes;
}

void CachingAllocator::release_cached() {
  const std::lock_guard lock(mutex_);
  release_cached_locked();
}

void CachingAllocator::release_cached_locked() {
  for (auto& [size, blocks] : cached_) {
    const auto kept = std::stable_partition(blocks.begin(), blocks.end(),
                                            [&](void* block) { return recorded_.contains(block); });
    for (auto block = kept; block != blocks.end(); ++block) {
      system_release(device_, *block);
      statistics_.reserved -= size;
    }
    blocks.erase(kept, blocks.end());
  }
}

void CachingAllocator::set_phase(Phase phase) {
  const std::lock_guard lock(mutex_);
  phase_ = phase;
}

void CachingAllocator::release_recorded() {
  const std::lock_guard lock(mutex_);
  recorded_.clear();
}

void CachingAllocator::on_shortage(std::function<void()> callback) {
  const std::lock_guard lock(mutex_);
  on_shortage_ = std::move(callback);
}

AllocatorStatistics CachingAllocator::statistics() const {
  const std::lock_guard lock(mutex_);
  return statistics_;
}

void CachingAllocator::fail(std::size_t bytes) const {
  throw OutOfMemory(
      fmt::format("out of memory on {}: {:.1f} MiB asked, {:.1f} MiB in use, limit {}; lower --batch-size or "
                  "--rnn-size, or "
                  "raise --memory-limit",
                  to_string(device_), static_cast<double>(bytes) / kMebibyte,
                  static_cast<double>(statistics_.in_use) / kMebibyte,
                  limit_ == 0 ? "that of the machine"
                              : fmt::format("{:.1f} MiB", static_cast<double>(limit_) / kMebibyte)));
}

}  // namespace favras
