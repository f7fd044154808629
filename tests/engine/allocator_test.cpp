// Blocks are handed out again, sizes are rounded, the budget holds, threads do not meet.
#include "engine/allocator.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <latch>
#include <random>
#include <set>
#include <thread>

#include <boost/test/unit_test.hpp>

#include "tests/engine/engine_test_support.h"
#include "tests/support/devices.h"

using namespace favras;
using namespace favras::test;

namespace {

constexpr std::size_t kMebibyte = 1 << 20;

std::string out_of_memory(CachingAllocator& allocator, std::size_t bytes) {
  return message_of<OutOfMemory>([&] { allocator.allocate(bytes); });
}

// The size of the block that `bytes` get.
std::size_t block_size(std::size_t bytes, Device device) {
  CachingAllocator allocator(device);
  void* const block = allocator.allocate(bytes);
  const std::size_t size = allocator.statistics().in_use;
  allocator.release(block);
  return size;
}

}  // namespace

FAVRAS_DEVICE_TEST_CASE(a_released_block_is_handed_out_again) {
  CachingAllocator allocator(device);
  void* const first = allocator.allocate(1000);
  allocator.release(first);
  BOOST_TEST(allocator.allocate(1000) == first);
  void* const second = allocator.allocate(1000);  // the first is in use
  BOOST_TEST(second != first);
  allocator.release(first);
  BOOST_TEST(allocator.allocate(961) == first);  // rounded like 1000
  BOOST_TEST(allocator.statistics().system_calls == 2u);
}

FAVRAS_DEVICE_TEST_CASE(repeated_shapes_ask_the_system_once) {
  CachingAllocator allocator(device);
  const auto pass = [&] {
    std::vector<void*> blocks;
    for (std::size_t bytes = 1; bytes < 100'000; bytes = bytes * 3 / 2 + 1)
      for (int copies = 0; copies < 2; ++copies) blocks.push_back(allocator.allocate(bytes));
    for (void* const block : blocks) allocator.release(block);
    return allocator.statistics().system_calls;
  };
  const std::size_t calls = pass();
  BOOST_TEST(calls > 0u);
  for (int i = 0; i < 3; ++i) BOOST_TEST(pass() == calls);
}

FAVRAS_DEVICE_TEST_CASE(sizes_are_rounded_up_to_eight_steps_an_octave) {
  // The emulation fills what it hands out, which takes long.
  const std::size_t largest = std::size_t{1} << (device == kCpu ? 26 : 20);
  for (std::size_t low = 512; low <= largest; low *= 2) {
    std::set<std::size_t> sizes;
    for (std::size_t i = 0; i < 64; ++i) {
      const std::size_t bytes = low + 1 + (low - 1) * i / 63;  // from low + 1 to 2 low
      const std::size_t size = block_size(bytes, device);
      BOOST_TEST(size >= bytes);
      BOOST_TEST(static_cast<double>(size) < 1.125 * static_cast<double>(bytes));
      sizes.insert(size);
    }
    BOOST_TEST(sizes.size() == 8u);
    BOOST_TEST(*sizes.rbegin() == 2 * low);
  }
  for (const std::size_t bytes : {1, 63, 64}) BOOST_TEST(block_size(bytes, device) == 64u);
  BOOST_TEST(block_size(65, device) == 128u);
  BOOST_TEST(block_size(3 * kMebibyte, device) == 3 * kMebibyte);
}

BOOST_AUTO_TEST_CASE(blocks_are_aligned_and_their_own) {
  CachingAllocator allocator(kCpu);
  std::vector<std::pair<unsigned char*, std::size_t>> blocks;
  for (std::size_t bytes = 1; bytes < 5000; bytes += 37) {
    auto* const block = static_cast<unsigned char*>(allocator.allocate(bytes));
    BOOST_TEST(reinterpret_cast<std::uintptr_t>(block) % 64 == 0u);
    std::memset(block, static_cast<int>(blocks.size()), bytes);
    blocks.emplace_back(block, bytes);
  }
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const auto [block, bytes] = blocks[i];
    BOOST_TEST(std::all_of(block, block + bytes, [&](unsigned char c) { return c == i % 256; }));
    allocator.release(block);
  }
}

FAVRAS_DEVICE_TEST_CASE(statistics_follow_every_call) {
  CachingAllocator allocator(device);
  const auto check = [&](std::size_t in_use, std::size_t peak, std::size_t reserved, std::size_t calls) {
    const AllocatorStatistics s = allocator.statistics();
    BOOST_TEST(s.in_use == in_use);
    BOOST_TEST(s.peak_in_use == peak);
    BOOST_TEST(s.reserved == reserved);
    BOOST_TEST(s.system_calls == calls);
  };
  check(0, 0, 0, 0);
  void* const a = allocator.allocate(1024);
  void* const b = allocator.allocate(2048);
  check(3072, 3072, 3072, 2);
  allocator.release(a);
  check(2048, 3072, 3072, 2);
  allocator.release(allocator.allocate(1024));
  check(2048, 3072, 3072, 2);
  allocator.release_cached();
  check(2048, 3072, 2048, 2);
  allocator.release(b);
  check(0, 3072, 2048, 2);
  allocator.release_cached();
  check(0, 3072, 0, 2);
  allocator.release(allocator.allocate(64));
  check(0, 3072, 64, 3);
}

FAVRAS_DEVICE_TEST_CASE(nothing_is_no_block) {
  CachingAllocator allocator(device);
  BOOST_TEST(allocator.allocate(0) == nullptr);
  allocator.release(nullptr);
  BOOST_TEST(allocator.statistics().system_calls == 0u);
}

FAVRAS_DEVICE_TEST_CASE(the_budget_names_asked_held_limit_and_remedy) {
  CachingAllocator allocator(device);
  allocator.set_limit(4 * kMebibyte);
  void* const block = allocator.allocate(2 * kMebibyte + kMebibyte / 2);
  BOOST_TEST(out_of_memory(allocator, 3 * kMebibyte) ==
             "out of memory on " + to_string(device) +
                 ": 3.0 MiB asked, 2.5 MiB in use, limit 4.0 MiB; raise --accumulate, lower "
                 "--rnn-size, or raise --memory-limit");
  BOOST_TEST(allocator.statistics().in_use == 2 * kMebibyte + kMebibyte / 2);  // as before
  void* const rest = allocator.allocate(kMebibyte + kMebibyte / 2);            // exactly what is left
  BOOST_TEST(allocator.statistics().reserved == 4 * kMebibyte);
  BOOST_TEST(out_of_memory(allocator, 1)
                 .starts_with("out of memory on " + to_string(device) + ": 0.0 MiB asked, 4.0 MiB in use"));
  allocator.set_limit(0);  // none
  allocator.release(allocator.allocate(8 * kMebibyte));
  allocator.release(rest);
  allocator.release(block);
}

FAVRAS_DEVICE_TEST_CASE(cached_blocks_are_given_back_before_failing) {
  CachingAllocator allocator(device);
  allocator.set_limit(4 * kMebibyte);
  std::vector<void*> blocks;
  for (int i = 0; i < 4; ++i) blocks.push_back(allocator.allocate(kMebibyte));
  for (int i = 0; i < 3; ++i) allocator.release(blocks[i]);
  void* const large = allocator.allocate(3 * kMebibyte);  // fits only if the three go
  BOOST_TEST(allocator.statistics().reserved == 4 * kMebibyte);
  BOOST_TEST(allocator.statistics().in_use == 4 * kMebibyte);
  BOOST_TEST(allocator.statistics().system_calls == 5u);
  allocator.release(large);
  BOOST_TEST(allocator.allocate(3 * kMebibyte) == large);  // a cached block needs no budget
  allocator.release(large);
  allocator.release(blocks[3]);
}

FAVRAS_DEVICE_TEST_CASE(what_no_machine_has_is_refused) {
  CachingAllocator allocator(device);
  for (const std::size_t bytes : {SIZE_MAX, SIZE_MAX / 2 + 1, SIZE_MAX / 4}) {
    const std::string message = out_of_memory(allocator, bytes);
    BOOST_TEST(message.find("limit that of the machine") != std::string::npos);
  }
  BOOST_TEST(allocator.statistics().reserved == 0u);
  BOOST_TEST(allocator.statistics().system_calls == 0u);
  allocator.release(allocator.allocate(kMebibyte));
  BOOST_TEST(out_of_memory(allocator, SIZE_MAX).find(" 0.0 MiB in use") != std::string::npos);  // but cached
}

BOOST_AUTO_TEST_CASE(threads_never_share_a_block) {
  constexpr int kThreads = 4, kRounds = 400'000;
  CachingAllocator allocator(kCpu);
  std::latch start(kThreads);
  std::atomic<int> clashes = 0;
  const auto work = [&](std::uint32_t mark) {
    std::mt19937 generator(mark);
    std::vector<std::uint32_t*> held;
    start.arrive_and_wait();
    for (int i = 0; i < kRounds; ++i) {
      if (held.size() < 8 && generator() % 2 == 0) {
        held.push_back(static_cast<std::uint32_t*>(allocator.allocate(64 << generator() % 4)));
        *held.back() = mark;
      } else if (!held.empty()) {
        clashes += *held.back() != mark;
        allocator.release(held.back());
        held.pop_back();
      }
      if (i % 1000 == 0) allocator.release_cached();
    }
    for (std::uint32_t* const block : held) allocator.release(block);
  };
  std::vector<std::thread> threads;
  for (std::uint32_t mark = 1; mark <= kThreads; ++mark) threads.emplace_back(work, mark);
  for (std::thread& thread : threads) thread.join();
  BOOST_TEST(clashes == 0);
  BOOST_TEST(allocator.statistics().in_use == 0u);
  allocator.release_cached();
  BOOST_TEST(allocator.statistics().reserved == 0u);
}

FAVRAS_DEVICE_TEST_CASE(a_device_has_one_allocator) {
  BOOST_TEST(&CachingAllocator::of(device) == &CachingAllocator::of(parse_device(to_string(device))));
  BOOST_TEST((device == kCpu || &CachingAllocator::of(device) != &CachingAllocator::of(kCpu)));
}

FAVRAS_DEVICE_TEST_CASE(recording_hands_out_cached_blocks_only) {
  CachingAllocator allocator(device);
  void* const block = allocator.allocate(1000);
  allocator.release(block);
  allocator.set_phase(CachingAllocator::Phase::kRecording);
  BOOST_TEST(allocator.allocate(1000) == block);
  BOOST_TEST(message_of<NothingCached>([&] { allocator.allocate(1000); }) ==
             "no block of 1024 bytes is cached");
  BOOST_TEST(allocator.allocate(0) == nullptr);
  allocator.set_phase(CachingAllocator::Phase::kOrdinary);
  BOOST_TEST(allocator.statistics().system_calls == 1u);
  allocator.release(allocator.allocate(1000));  // an ordinary one again
  BOOST_TEST(allocator.statistics().system_calls == 2u);
  allocator.release(block);
}

FAVRAS_DEVICE_TEST_CASE(recorded_blocks_are_kept_until_they_are_released) {
  CachingAllocator allocator(device);
  void* const recorded = allocator.allocate(1024);
  void* const other = allocator.allocate(2048);
  allocator.release(recorded);
  allocator.release(other);
  allocator.set_phase(CachingAllocator::Phase::kRecording);
  allocator.release(allocator.allocate(1024));
  allocator.set_phase(CachingAllocator::Phase::kOrdinary);
  allocator.release_cached();
  BOOST_TEST(allocator.statistics().reserved == 1024u);
  allocator.release_recorded();
  allocator.release_cached();
  BOOST_TEST(allocator.statistics().reserved == 0u);
}

FAVRAS_DEVICE_TEST_CASE(recorded_blocks_are_for_work_that_shares_them) {
  CachingAllocator allocator(device);
  void* const recorded = allocator.allocate(1024);
  allocator.release(recorded);
  allocator.set_phase(CachingAllocator::Phase::kRecording);
  allocator.release(allocator.allocate(1024));
  allocator.set_phase(CachingAllocator::Phase::kOrdinary);
  void* const own = allocator.allocate(1024);
  BOOST_TEST(own != recorded);
  allocator.release(own);
  BOOST_TEST(allocator.allocate(1024) == own);
  allocator.set_phase(CachingAllocator::Phase::kShared);
  BOOST_TEST(allocator.allocate(1024) == recorded);
  allocator.set_phase(CachingAllocator::Phase::kOrdinary);
  allocator.release(recorded);
  allocator.release_recorded();
  BOOST_TEST(allocator.allocate(1024) == recorded);
  allocator.release(recorded);
  allocator.release(own);
}

FAVRAS_DEVICE_TEST_CASE(a_shortage_is_reported_before_memory_is_given_back) {
  CachingAllocator allocator(device);
  allocator.set_limit(4096);
  allocator.release(allocator.allocate(3072));
  allocator.set_phase(CachingAllocator::Phase::kRecording);
  allocator.release(allocator.allocate(3072));
  allocator.set_phase(CachingAllocator::Phase::kOrdinary);
  BOOST_TEST(out_of_memory(allocator, 2048).find("limit 0.0 MiB") != std::string::npos);  // it is kept
  int shortages = 0;
  allocator.on_shortage([&] {
    ++shortages;
    allocator.release_recorded();  // and may call the allocator
  });
  void* const block = allocator.allocate(2048);
  BOOST_TEST(shortages == 1);
  BOOST_TEST(allocator.statistics().reserved == 2048u);
  allocator.release(block);
  allocator.release(allocator.allocate(2048));  // no shortage
  BOOST_TEST(shortages == 1);
  BOOST_TEST(out_of_memory(allocator, 8192) != "nothing was thrown");
  BOOST_TEST(shortages == 2);
  allocator.on_shortage(nullptr);
  BOOST_TEST(out_of_memory(allocator, 8192) != "nothing was thrown");
  BOOST_TEST(shortages == 2);
}
