// Requests of many sizes share blocks, and what is held stays near the most that was in use.
#include <algorithm>
#include <numeric>
#include <random>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "engine/allocator.h"
#include "tests/support/devices.h"

using namespace favras;
using namespace favras::test;

namespace {

constexpr std::size_t kKibibyte = 1 << 10, kMebibyte = 1 << 20;

}  // namespace

FAVRAS_DEVICE_TEST_CASE(a_smaller_request_takes_the_smallest_block_that_holds_it) {
  CachingAllocator allocator(device);
  void* const small = allocator.allocate(2048);
  void* const large = allocator.allocate(4096);
  allocator.release(large);
  allocator.release(small);
  BOOST_TEST(allocator.allocate(1000) == small);
  BOOST_TEST(allocator.statistics().in_use == 1024u);  // what is asked for, not what it lies in
  BOOST_TEST(allocator.allocate(512) == large);        // eight times as large
  allocator.release(large);
  void* const own = allocator.allocate(448);  // eight times that is less
  BOOST_TEST(own != large);
  BOOST_TEST(allocator.statistics().system_calls == 3u);
  BOOST_TEST(allocator.statistics().in_use == 1024u + 448u);
  allocator.release(own);
  allocator.release(small);
}

FAVRAS_DEVICE_TEST_CASE(growing_gives_back_what_is_too_small) {
  CachingAllocator allocator(device);
  void* const tiny = allocator.allocate(kKibibyte);
  void* const small = allocator.allocate(16 * kKibibyte);
  void* const large = allocator.allocate(64 * kKibibyte);
  for (void* const block : {tiny, small, large}) allocator.release(block);
  BOOST_TEST(allocator.allocate(64 * kKibibyte) == large);
  void* const medium = allocator.allocate(20 * kKibibyte);
  BOOST_TEST(allocator.statistics().reserved == 101 * kKibibyte);  // less than 5/4 of the 81 that were in use
  allocator.release(medium);
  allocator.release(large);
  void* const larger = allocator.allocate(96 * kKibibyte);
  // At most 5/4 of 96: two had to go.
  BOOST_TEST(allocator.statistics().reserved == (1 + 16 + 96) * kKibibyte);
  BOOST_TEST(allocator.allocate(16 * kKibibyte) == small);
  BOOST_TEST(allocator.allocate(kKibibyte) == tiny);
  for (void* const block : {tiny, small, larger}) allocator.release(block);
}

// Tensors of a few kinds, each as long as its batch, for batches of all lengths.
FAVRAS_DEVICE_TEST_CASE(what_is_held_for_batches_of_all_lengths_stays_near_what_is_used) {
  CachingAllocator allocator(device);
  void* const parameters = allocator.allocate(300'000);
  const auto step = [&](std::size_t length) {
    std::vector<void*> kept;
    for (const std::size_t row : {1, 1300, 13000, 1024, 13000, 300, 1, 1024, 1500}) {
      kept.push_back(allocator.allocate(row * length));
      allocator.release(allocator.allocate(2000 * length + 5000));  // scratch
    }
    for (void* const block : kept) allocator.release(block);
  };
  std::mt19937 generator(1);
  std::vector<std::size_t> lengths(56);
  std::iota(lengths.begin(), lengths.end(), 5);
  std::size_t calls = 0;
  for (int epoch = 0; epoch < 12; ++epoch) {
    std::shuffle(lengths.begin(), lengths.end(), generator);
    for (const std::size_t length : lengths) {
      step(length);
      const AllocatorStatistics s = allocator.statistics();
      BOOST_TEST(static_cast<double>(s.reserved) <= 1.25 * static_cast<double>(s.peak_in_use));
    }
    if (epoch == 1) calls = allocator.statistics().system_calls;
  }
  BOOST_TEST(calls < 40u);  // of 112 steps
  BOOST_TEST(allocator.statistics().system_calls == calls);
  allocator.release(parameters);
}

FAVRAS_DEVICE_TEST_CASE(growing_within_a_budget_gives_back_no_more_than_it_must) {
  CachingAllocator allocator(device);
  allocator.set_limit(8 * kMebibyte);
  int shortages = 0;
  allocator.on_shortage([&] { ++shortages; });
  void* const blocks[] = {allocator.allocate(kMebibyte), allocator.allocate(3 * kMebibyte),
                          allocator.allocate(4 * kMebibyte)};
  for (void* const block : blocks) allocator.release(block);
  void* const large = allocator.allocate(5 * kMebibyte);
  BOOST_TEST(allocator.statistics().reserved == 6 * kMebibyte);
  BOOST_TEST(allocator.allocate(kMebibyte) == blocks[0]);
  BOOST_TEST(shortages == 0);
  allocator.release(large);
  allocator.release(blocks[0]);
}

FAVRAS_DEVICE_TEST_CASE(once_memory_was_short_blocks_have_the_size_asked_for) {
  CachingAllocator allocator(device);
  allocator.set_limit(3 * kMebibyte);
  allocator.release(allocator.allocate(3 * kMebibyte));
  void* const large = allocator.allocate(kMebibyte);
  BOOST_TEST(allocator.statistics().system_calls == 1u);
  allocator.release(large);
  void* const small = allocator.allocate(kMebibyte / 4);  // 3 MiB are too loose for it, and have to go
  BOOST_TEST(allocator.statistics().reserved == kMebibyte / 4);
  allocator.release(small);
  void* const smaller = allocator.allocate(kMebibyte / 8);
  BOOST_TEST(smaller != small);
  allocator.release(smaller);
  BOOST_TEST(allocator.allocate(kMebibyte / 8) == smaller);
  allocator.release(smaller);
}

FAVRAS_DEVICE_TEST_CASE(growing_leaves_recorded_blocks_and_does_not_count_them) {
  CachingAllocator allocator(device);
  void* const recorded = allocator.allocate(64 * kKibibyte);
  allocator.release(recorded);
  allocator.set_phase(CachingAllocator::Phase::kRecording);
  allocator.release(allocator.allocate(64 * kKibibyte));
  allocator.set_phase(CachingAllocator::Phase::kOrdinary);
  void* const small = allocator.allocate(16 * kKibibyte);
  allocator.release(small);
  void* const medium = allocator.allocate(60 * kKibibyte);  // with the small one, less than 5/4 of 64 KiB
  allocator.release(medium);
  BOOST_TEST(allocator.allocate(16 * kKibibyte) == small);
  allocator.release(small);
  void* const large = allocator.allocate(128 * kKibibyte);  // all go but what is recorded
  BOOST_TEST(allocator.statistics().reserved == (64 + 16 + 128) * kKibibyte);
  allocator.release(large);
}
