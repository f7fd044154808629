// Arrays in device memory for the tests of CUDA kernels, and the sizes that they are tested with.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "tests/simt/device_array.h"
#include "tests/support/numbers.h"

namespace favras::test {

// What the CUDA kernels of activations are templates over.
using CudaTypes = std::tuple<float, double, bfloat16>;

// Around a warp and a row of warps, odd and even; sanitizers slow everything down and get the few that
// matter.
#if defined(FAVRAS_SIMT_ASAN) || defined(FAVRAS_SIMT_TSAN)
constexpr bool kSanitized = true;
inline const std::vector<std::int64_t> kColumnCounts = {0, 1, 32, 33, 264};
inline const std::vector<std::int64_t> kRowCounts = {0, 1, 33};
#else
constexpr bool kSanitized = false;
inline const std::vector<std::int64_t> kColumnCounts = {0,  1,  2,  3,   4,   31,  32,
                                                        33, 63, 64, 129, 132, 264, 516};
inline const std::vector<std::int64_t> kRowCounts = {0, 1, 31, 32, 33, 200};
#endif

// The same tests are built for a real GPU (tests/gpu), where no barrier can be left out.
#if defined(FAVRAS_ON_GPU)
constexpr bool kEmulated = false;
#else
constexpr bool kEmulated = true;
#endif

// For tests that are too large for sanitizers, that are about the emulation's own parts, or that leave out
// barriers, of which ThreadSanitizer rightly complains.
inline const boost::unit_test::enable_if<!kSanitized> kOnlyUnsanitized;
inline const boost::unit_test::enable_if<kEmulated> kOnlyEmulated;
inline const boost::unit_test::enable_if<kEmulated && !kSanitized> kLeavesOutBarriers;

// Numbers in device memory between two zones that nobody may write to, `shift` elements past an address
// that allows the widest accesses.
template <class T>
class DeviceNumbers {
 public:
  explicit DeviceNumbers(const std::vector<T>& numbers, std::size_t shift = 0)
      : before_(kZone + shift), size_(numbers.size()), cells_(cells_of(numbers, before_)) {}
  T* data() const { return cells_.data() + before_; }
  std::vector<T> values() const {
    const std::vector<T> cells = cells_.values();
    return {cells.begin() + offset(), cells.begin() + offset() + static_cast<std::ptrdiff_t>(size_)};
  }
  bool intact() const {
    const std::vector<T> cells = cells_.values();
    const auto marked = [](T cell) { return bits_of(cell) == bits_of(kMark); };
    return std::all_of(cells.begin(), cells.begin() + offset(), marked) &&
           std::all_of(cells.begin() + offset() + static_cast<std::ptrdiff_t>(size_), cells.end(), marked);
  }

 private:
  static constexpr std::size_t kZone = 64;
  static constexpr T kMark = T(-123456);

  static std::vector<T> cells_of(const std::vector<T>& numbers, std::size_t before) {
    std::vector<T> cells(before + numbers.size() + kZone, kMark);
    std::ranges::copy(numbers, cells.begin() + static_cast<std::ptrdiff_t>(before));
    return cells;
  }
  std::ptrdiff_t offset() const { return static_cast<std::ptrdiff_t>(before_); }

  std::size_t before_, size_;
  simt::DeviceArray<T> cells_;
};

}  // namespace favras::test
