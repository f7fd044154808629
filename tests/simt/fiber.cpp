#include "tests/simt/fiber.h"

#include <cstdint>
#include <cstring>
#include <new>
#include <sys/mman.h>
#include <utility>
#include <vector>

#include "tests/simt/sanitizers.h"

namespace favras::simt {

namespace {

namespace context = boost::context::detail;

// AddressSanitizer's frames are several times as large.
constexpr std::size_t kStackSize = (kAsan ? 256 : 64) * 1024;
constexpr std::size_t kSlabStacks = 64;
constexpr std::size_t kPage = 4096;
constexpr std::uint64_t kCanary = 0x5AFE57AC5AFE57AC;
constexpr std::size_t kCanaryWords = 8;
constexpr std::size_t kCanaryBytes = kCanaryWords * sizeof(std::uint64_t);

// Stacks lie side by side, many a mapping: a guard page for each would use up the kernel's mappings.
// Canaries (and AddressSanitizer's poison) at their low ends stand in.
std::vector<std::byte*>& free_stacks() {
  static auto* stacks = new std::vector<std::byte*>;  // outlives static fibers
  return *stacks;
}

// ThreadSanitizer's threads, which are dear: those to use, and those that had a part in this launch.
struct TsanThreads {
  std::vector<void*> free, retired;
};
TsanThreads& tsan_threads() {
  static auto* threads = new TsanThreads;
  return *threads;
}

void map_slab() {
  // One more below, for the lowest to run over into.
  void* slab = mmap(nullptr, (kSlabStacks + 1) * kStackSize, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (slab == MAP_FAILED) throw std::bad_alloc();
  for (std::size_t i = kSlabStacks; i > 0; --i) {
    auto* bottom = static_cast<std::byte*>(slab) + i * kStackSize;
    auto* words = reinterpret_cast<std::uint64_t*>(bottom);
    for (std::size_t word = 0; word < kCanaryWords; ++word) words[word] = kCanary;
    free_stacks().push_back(bottom);
  }
}

}  // namespace

Stack::Stack() {
  if (free_stacks().empty()) map_slab();
  bottom_ = free_stacks().back();
  free_stacks().pop_back();
}

Stack::Stack(Stack&& other) noexcept : bottom_(std::exchange(other.bottom_, nullptr)) {}

Stack::~Stack() {
  if (bottom_ == nullptr) return;
  asan_allow(bottom_, kStackSize);
  if (!overrun()) free_stacks().push_back(bottom_);  // a stack that ran over is not used again
}

std::size_t Stack::size() { return kStackSize; }

bool Stack::overrun() const {
  asan_allow(bottom_, kCanaryBytes);
  const auto* words = reinterpret_cast<const std::uint64_t*>(bottom_);
  for (std::size_t word = 0; word < kCanaryWords; ++word) {
    if (words[word] != kCanary) return true;
  }
  asan_forbid(bottom_, kCanaryBytes);
  return false;
}

Fiber::~Fiber() { retire(); }

Fiber::Fiber(Fiber&& other) noexcept
    : stack_(std::move(other.stack_)),
      ended_(other.ended_),
      tsan_fiber_(std::exchange(other.tsan_fiber_, nullptr)) {}

void Fiber::retire() {
  if (tsan_fiber_ == nullptr) return;
  if (ended_) {
    tsan_threads().retired.push_back(tsan_fiber_);
  } else {
    tsan_delete_fiber(tsan_fiber_);  // abandoned in the middle
  }
  tsan_fiber_ = nullptr;
}

void Fiber::forget() {
  retire();
  auto& free = tsan_threads().free;
  if (free.empty()) {
    tsan_fiber_ = tsan_new_fiber();
  } else {
    tsan_fiber_ = free.back();
    free.pop_back();
  }
  // What the stack's last owner left on it is no race with the next: fresh pages have no past.
  const TsanIgnore ignore;
  if (mmap(stack_.bottom() + kPage, kStackSize - kPage, PROT_READ | PROT_WRITE,
           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) == MAP_FAILED) {
    throw std::bad_alloc();
  }
}

void Fiber::release_for_tsan(void* address) {
  if (tsan_fiber_ == nullptr) return;
  void* host = tsan_this_fiber();
  tsan_switch(tsan_fiber_);
  tsan_release(address);
  tsan_switch(host);
}

void Fiber::forget_launch() {
  auto& [free, retired] = tsan_threads();
  free.insert(free.end(), retired.begin(), retired.end());
  retired.clear();
}

void Fiber::start(void (*entry)(void*), void* argument) {
  entry_ = entry;
  argument_ = argument;
  ended_ = false;
  // An abandoned run leaves its frames' redzones behind.
  asan_allow(stack_.bottom(), kStackSize);
  asan_forbid(stack_.bottom(), kCanaryBytes);
  // Tops that differ modulo the page size spread the fibers over the cache's sets.
  const std::size_t stagger = reinterpret_cast<std::uintptr_t>(stack_.bottom()) / kStackSize % 16 * 256;
  inside_ = context::make_fcontext(stack_.bottom() + kStackSize - stagger, kStackSize - stagger, &Fiber::run);
}

void Fiber::run(context::transfer_t from) {
  auto* fiber = static_cast<Fiber*>(from.data);
  fiber->outside_ = from.fctx;
  asan_enter(nullptr, &fiber->host_bottom_, &fiber->host_size_);
  fiber->entry_(fiber->argument_);
  fiber->ended_ = true;
  asan_leave(nullptr, fiber->host_bottom_, fiber->host_size_);
  tsan_switch(fiber->tsan_host_);
  context::jump_fcontext(fiber->outside_, nullptr);
}

void Fiber::resume() {
  tsan_host_ = tsan_this_fiber();
  asan_leave(&asan_outside_, stack_.bottom(), kStackSize);
  tsan_switch(tsan_fiber_);
  inside_ = context::jump_fcontext(inside_, this).fctx;
  asan_enter(asan_outside_, nullptr, nullptr);
}

void Fiber::suspend() {
  const TsanHeed heed;
  asan_leave(&asan_inside_, host_bottom_, host_size_);
  tsan_switch(tsan_host_);
  outside_ = context::jump_fcontext(outside_, nullptr).fctx;
  asan_enter(asan_inside_, &host_bottom_, &host_size_);
}

}  // namespace favras::simt
