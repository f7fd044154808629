// Arrays for the kernels' tests: random numbers, outputs between guard zones, and comparisons with
// references in double.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <span>
#include <tuple>
#include <type_traits>
#include <vector>

#include "kernels/common/bfloat16.h"

namespace favras::test {

// What the CPU's kernels are templates over, for BOOST_AUTO_TEST_CASE_TEMPLATE.
using NumberTypes = std::tuple<float, double>;
using kernels::Accumulate;
using kernels::bfloat16;

// Around every vector width, odd, and several blocks.
inline const std::vector<std::int64_t> kSizes = {0,  1,  2,  3,  4,  5,  7,  8,   15,
                                                 16, 17, 31, 32, 33, 63, 65, 129, 513};
inline const std::vector<int> kThreadCounts = {1, 2, 3};

template <class T>
inline constexpr T kNan = T(std::numeric_limits<Accumulate<T>>::quiet_NaN());
template <class T>
inline constexpr T kInfinity = T(std::numeric_limits<Accumulate<T>>::infinity());
template <class T>
inline constexpr T kMinusInfinity = T(-std::numeric_limits<Accumulate<T>>::infinity());
template <class T>
inline constexpr double kEpsilon = std::numeric_limits<T>::epsilon();
template <>
inline constexpr double kEpsilon<bfloat16> = 0x1p-7;

template <class T>
std::vector<T> normal_numbers(std::int64_t count, unsigned seed, double scale = 1.0) {
  std::mt19937_64 generator(seed);
  std::normal_distribution<double> normal(0.0, scale);
  std::vector<T> numbers(static_cast<std::size_t>(count));
  for (T& number : numbers) number = T(static_cast<Accumulate<T>>(normal(generator)));
  return numbers;
}

inline std::vector<std::int32_t> random_ids(std::int64_t count, std::int32_t limit, unsigned seed) {
  std::mt19937_64 generator(seed);
  std::uniform_int_distribution<std::int32_t> uniform(0, limit - 1);
  std::vector<std::int32_t> ids(static_cast<std::size_t>(count));
  for (std::int32_t& id : ids) id = uniform(generator);
  return ids;
}

// An array between two zones that nobody may write to.
template <class T>
class Guarded {
 public:
  explicit Guarded(std::vector<T> numbers) : size_(numbers.size()), cells_(size_ + 2 * kZone, kMark) {
    std::ranges::copy(numbers, data());
  }
  T* data() { return cells_.data() + kZone; }
  T& operator[](std::size_t i) { return data()[i]; }
  std::vector<T> numbers() const { return {cells_.begin() + kZone, cells_.end() - kZone}; }
  bool intact() const {
    const auto marked = [](T cell) { return Accumulate<T>(cell) == Accumulate<T>(kMark); };
    return std::all_of(cells_.begin(), cells_.begin() + kZone, marked) &&
           std::all_of(cells_.end() - kZone, cells_.end(), marked);
  }

 private:
  static constexpr std::ptrdiff_t kZone = 64;
  static constexpr T kMark = T(-123456);
  std::size_t size_;
  std::vector<T> cells_;
};

// In the type of arithmetic, which the CPU's kernels take.
template <class T>
std::vector<Accumulate<T>> widened(const std::vector<T>& numbers) {
  std::vector<Accumulate<T>> wide;
  for (const T number : numbers) wide.push_back(Accumulate<T>(number));
  return wide;
}

// And back, to the nearest.
template <class T>
std::vector<T> rounded(const std::vector<Accumulate<T>>& numbers) {
  std::vector<T> narrow;
  for (const Accumulate<T> number : numbers) narrow.push_back(T(number));
  return narrow;
}

template <class T>
auto bits_of(T number) {
  using Wide = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  return std::bit_cast<std::conditional_t<sizeof(T) == 2, std::uint16_t, Wide>>(number);
}

template <class T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
  return std::ranges::equal(a, b, [](T x, T y) { return bits_of(x) == bits_of(y); });
}

template <class T>
bool all_nan(std::span<const T> numbers) {
  return std::ranges::all_of(numbers, [](T number) { return std::isnan(Accumulate<T>(number)); });
}

// |actual - expected| / max(1, |expected|); 0 for two NaNs or equal infinities, infinite for one.
inline double error_of(double actual, double expected) {
  if (actual == expected || (std::isnan(actual) && std::isnan(expected))) return 0.0;
  const double error = std::abs(actual - expected) / std::max(1.0, std::abs(expected));
  return std::isfinite(error) ? error : INFINITY;
}

// The largest of them; infinite if the sizes differ.
template <class T>
double largest_error(const std::vector<T>& actual, const std::vector<double>& expected) {
  if (actual.size() != expected.size()) return INFINITY;
  double largest = 0.0;
  for (std::size_t i = 0; i < actual.size(); ++i)
    largest = std::max(largest, error_of(Accumulate<T>(actual[i]), expected[i]));
  return largest;
}

}  // namespace favras::test
