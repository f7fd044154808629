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
constexpr std::size_t kLoosestFit = 8;  // a block's size, in requests
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
  if (bytes > SIZE_MAX / (2 * kLoosestFit)) fail(bytes);
  const std::size_t size = rounded(bytes);
  Block block = take_cached(size);
  if (!block.address && phase_ == Phase::kRecording)
    throw NothingCached(fmt::format("no block of {} bytes is cached", size));
  if (!block.address) {
    make_room(size);
    block = take_new(size);
  }
  if (!block.address) {
    if (on_shortage_) {
      lock.unlock();
      on_shortage_();
      lock.lock();
    }
    release_cached_locked();
    was_short_ = true;
    block = take_new(size);
  }
  if (!block.address) fail(bytes);
  if (phase_ == Phase::kRecording && recorded_.insert(block.address).second) recorded_bytes_ += block.size;
  live_.emplace(block.address, Live{.size = block.size, .asked = size});
  live_bytes_ += block.size;
  statistics_.in_use += size;
  statistics_.peak_in_use = std::max(statistics_.peak_in_use, statistics_.in_use);
  return block.address;
}

CachingAllocator::Block CachingAllocator::take_cached(std::size_t size) {
  const auto end = cached_.upper_bound(was_short_ ? size : kLoosestFit * size);
  const auto found = std::find_if(cached_.lower_bound(size), end, [&](const auto& cached) {
    return phase_ != Phase::kOrdinary || !recorded_.contains(cached.second);
  });
  if (found == end) return {};
  const Block block{.address = found->second, .size = found->first};
  cached_.erase(found);
  return block;
}

CachingAllocator::Block CachingAllocator::take_new(std::size_t size) {
  if (limit_ != 0 && statistics_.reserved + size > limit_) return {};
  void* const address = system_allocate(device_, size);
  if (!address) return {};
  statistics_.reserved += size;
  ++statistics_.system_calls;
  return {.address = address, .size = size};
}

// For `size` more: too small blocks go, the largest first. Recorded ones cannot, and count for the limit
// alone.
void CachingAllocator::make_room(std::size_t size) {
  const std::size_t needed = std::max(statistics_.peak_in_use, statistics_.in_use + size);
  const auto too_much = [&] {
    return statistics_.reserved - recorded_bytes_ + size > needed + needed / 4 ||
           (limit_ != 0 && statistics_.reserved + size > limit_);
  };
  for (auto cached = cached_.lower_bound(size); cached != cached_.begin() && too_much();) {
    --cached;
    if (!recorded_.contains(cached->second)) cached = give_back(cached);
  }
}

void CachingAllocator::release(void* block) noexcept {
  if (!block) return;
  const std::lock_guard lock(mutex_);
  const auto live = live_.find(block);
  const auto [size, asked] = live->second;
  statistics_.in_use -= asked;
  live_bytes_ -= size;
  cached_.emplace_hint(cached_.lower_bound(size), size, block);
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
  for (auto cached = cached_.begin(); cached != cached_.end();)
    cached = recorded_.contains(cached->second) ? std::next(cached) : give_back(cached);
}

CachingAllocator::Cached::iterator CachingAllocator::give_back(Cached::iterator cached) {
  system_release(device_, cached->second);
  statistics_.reserved -= cached->first;
  return cached_.erase(cached);
}

void CachingAllocator::set_phase(Phase phase) {
  const std::lock_guard lock(mutex_);
  phase_ = phase;
}

void CachingAllocator::release_recorded() {
  const std::lock_guard lock(mutex_);
  recorded_.clear();
  recorded_bytes_ = 0;
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
      fmt::format("out of memory on {}: {:.1f} MiB asked, {:.1f} MiB in use, limit {}; raise --accumulate, "
                  "lower --rnn-size, or raise --memory-limit",
                  to_string(device_), static_cast<double>(bytes) / kMebibyte,
                  static_cast<double>(live_bytes_) / kMebibyte,
                  limit_ == 0 ? "that of the machine"
                              : fmt::format("{:.1f} MiB", static_cast<double>(limit_) / kMebibyte)));
}

}  // namespace favras
