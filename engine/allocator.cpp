#include "engine/allocator.h"

#include <algorithm>
#include <bit>
#include <cstdlib>

#include <fmt/format.h>

namespace favras {
namespace {

constexpr std::size_t kAlignment = 64;
constexpr double kMebibyte = 1024.0 * 1024.0;

std::size_t rounded(std::size_t bytes) {
  const std::size_t step = std::max(kAlignment, std::bit_ceil(bytes) / 16);
  return (bytes + step - 1) / step * step;
}

void* system_allocate(std::size_t bytes) { return std::aligned_alloc(kAlignment, bytes); }
void system_release(void* block) { std::free(block); }

}  // namespace

CachingAllocator& CachingAllocator::of(Device device) {
  // Never destroyed: tensors in static storage may outlive any order of destruction.
  static auto* const allocator = new CachingAllocator(device);
  return *allocator;
}

CachingAllocator::CachingAllocator(Device device) : device_(device) {}

CachingAllocator::~CachingAllocator() { release_cached_locked(); }

void* CachingAllocator::allocate(std::size_t bytes) {
  if (bytes == 0) return nullptr;
  const std::lock_guard lock(mutex_);
  if (bytes > SIZE_MAX / 2) fail(bytes);
  const std::size_t size = rounded(bytes);
  void* block = nullptr;
  if (const auto cached = cached_.find(size); cached != cached_.end() && !cached->second.empty()) {
    block = cached->second.back();
    cached->second.pop_back();
  } else {
    if (limit_ != 0 && statistics_.reserved + size > limit_) release_cached_locked();
    if (limit_ != 0 && statistics_.reserved + size > limit_) fail(bytes);
    block = system_allocate(size);
    if (!block) {
      release_cached_locked();
      block = system_allocate(size);
    }
    if (!block) fail(bytes);
    statistics_.reserved += size;
    ++statistics_.system_calls;
  }
  live_.emplace(block, size);
  statistics_.in_use += size;
  statistics_.peak_in_use = std::max(statistics_.peak_in_use, statistics_.in_use);
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
    for (void* const block : blocks) system_release(block);
    statistics_.reserved -= size * blocks.size();
  }
  cached_.clear();
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
