// Warp functions give what CUDA's guide says, over whole warps, parts of warps and segments.
#include <functional>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "kernels/common/cuda_platform.h"
#include "tests/simt/device_array.h"
#include "tests/simt/every_order.h"

namespace {

using namespace favras::simt;
using favras::kernels::cuda::launch;

constexpr unsigned kAll = 0xFFFFFFFF;

// What the kernel wrote, one number a lane.
template <class Kernel>
std::vector<int> lanes(Kernel kernel, unsigned threads = 32) {
  return same_in_every_order([=] {
    const DeviceArray<int> to(threads);
    check(launch(kernel, 1, threads, 0, nullptr, to.data()));
    return to.values();
  });
}

__global__ void shuffle_index(int* to) {
  to[threadIdx.x] = __shfl_sync(kAll, static_cast<int>(threadIdx.x), static_cast<int>(threadIdx.x) + 3, 8);
}
__global__ void shuffle_up(int* to) {
  to[threadIdx.x] = __shfl_up_sync(kAll, static_cast<int>(threadIdx.x), 3, 8);
}
__global__ void shuffle_down(int* to) {
  to[threadIdx.x] = __shfl_down_sync(kAll, static_cast<int>(threadIdx.x), 3, 8);
}
__global__ void shuffle_xor(int* to) {
  to[threadIdx.x] = __shfl_xor_sync(kAll, static_cast<int>(threadIdx.x), 9, 8);
}
__global__ void shuffle_doubles(int* to) {
  to[threadIdx.x] = static_cast<int>(4 * __shfl_xor_sync(kAll, 0.25 * threadIdx.x, 31));
}

__global__ void votes(int* to) {
  const int odd = static_cast<int>(threadIdx.x % 2);
  int result = __ballot_sync(kAll, odd) == 0xAAAAAAAA ? 1 : 0;
  if (threadIdx.x < 8) {
    result += __ballot_sync(0xFF, odd) == 0xAA ? 2 : 0;
  } else {
    result += __any_sync(0xFFFFFF00, odd) + __all_sync(0xFFFFFF00, odd >= 0);
  }
  result += __any_sync(kAll, 0) + __all_sync(kAll, odd);
  to[threadIdx.x] = result;
}

__global__ void matches(int* to) {
  to[threadIdx.x] = __popc(__match_any_sync(kAll, threadIdx.x < 5 ? 1 : static_cast<int>(threadIdx.x % 3)));
}

__global__ void block_votes(int* to) {
  const int early = threadIdx.x < 10 ? 1 : 0;
  to[threadIdx.x] =
      100 * __syncthreads_count(early) + 10 * __syncthreads_or(early) + __syncthreads_and(early);
}

#if FAVRAS_CUDA_ARCH >= 800
__global__ void reductions(int* to) {
  const int value = static_cast<int>(threadIdx.x) - 7;
  const unsigned mask = threadIdx.x < 4 ? 0xF : 0xFFFFFFF0;
  to[threadIdx.x] = __reduce_add_sync(mask, value) + 1000 * __reduce_min_sync(mask, value) +
                    10000 * __reduce_max_sync(mask, value);
}
#endif

}  // namespace

BOOST_AUTO_TEST_CASE(shuffles_stay_within_their_segment) {
  const std::vector<int> index = lanes(shuffle_index), up = lanes(shuffle_up), down = lanes(shuffle_down);
  for (int lane = 0; lane < 32; ++lane) {
    const int first = lane / 8 * 8;
    BOOST_TEST(index[lane] == first + (lane + 3) % 8);
    BOOST_TEST(up[lane] == (lane - 3 < first ? lane : lane - 3));
    BOOST_TEST(down[lane] == (lane + 3 >= first + 8 ? lane : lane + 3));
  }
}

BOOST_AUTO_TEST_CASE(xor_reaches_back_but_not_beyond_its_segment) {
  const std::vector<int> result = lanes(shuffle_xor);
  for (int lane = 0; lane < 32; ++lane) {
    BOOST_TEST(result[lane] == ((lane ^ 9) < lane / 8 * 8 + 8 ? lane ^ 9 : lane));
  }
}

BOOST_AUTO_TEST_CASE(eight_bytes_are_shuffled_whole) {
  const std::vector<int> result = lanes(shuffle_doubles);
  for (int lane = 0; lane < 32; ++lane) BOOST_TEST(result[lane] == 31 - lane);
}

BOOST_AUTO_TEST_CASE(votes_count_the_lanes_of_the_mask) {
  BOOST_TEST(lanes(votes) == std::vector<int>(32, 3), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(matches_find_equal_lanes) {
  const std::vector<int> result = lanes(matches);
  BOOST_TEST(result[0] == 5 + 9);
  BOOST_TEST(result[6] == 9);
  BOOST_TEST(result[31] == 5 + 9);
}

BOOST_AUTO_TEST_CASE(block_votes_count_all_threads) {
  BOOST_TEST(lanes(block_votes, 96) == std::vector<int>(96, 1010), boost::test_tools::per_element());
}

#if FAVRAS_CUDA_ARCH >= 800
BOOST_AUTO_TEST_CASE(reductions_are_over_the_mask) {
  const std::vector<int> result = lanes(reductions);
  for (int lane = 0; lane < 32; ++lane) {
    BOOST_TEST(result[lane] == (lane < 4 ? -22 - 7000 - 40000 : 294 - 3000 + 240000));
  }
}
#endif
