// Fill, add and convert on CUDA give the host's bits.
#include <cmath>
#include <cstdint>
#include <limits>

#include <boost/test/unit_test.hpp>

#include "kernels/elementwise/elementwise.h"
#include "tests/kernels/device_numbers.h"
#include "tests/simt/every_order.h"

namespace favras::kernels {

using namespace favras::test;

namespace {

// The last loops over the grid, at 16 bytes a thread, too.
std::vector<std::int64_t> sizes() {
  std::vector<std::int64_t> all = kColumnCounts;
  all.insert(all.end(), {7, 8, 9, 1025, kSanitized ? 2051 : 40'003});
  return all;
}

template <class T>
std::vector<T> added(const std::vector<T>& x, const std::vector<T>& y, std::size_t x_shift,
                     std::size_t y_shift) {
  const DeviceNumbers<T> from(x, x_shift), to(y, y_shift);
  cuda::Context context;
  add(context, Add<T>{.size = static_cast<std::int64_t>(x.size()), .x = from.data(), .y = to.data()});
  BOOST_TEST((from.intact() && to.intact()));
  BOOST_TEST(same_bits(from.values(), x));
  return to.values();
}

template <class To, class From>
std::vector<To> converted(const std::vector<From>& x, std::size_t x_shift = 0, std::size_t y_shift = 0) {
  const DeviceNumbers<From> from(x, x_shift);
  const DeviceNumbers<To> to(std::vector<To>(x.size(), To(1.0f)), y_shift);
  cuda::Context context;
  convert(context,
          Convert<From, To>{.size = static_cast<std::int64_t>(x.size()), .x = from.data(), .y = to.data()});
  BOOST_TEST((from.intact() && to.intact()));
  return to.values();
}

// The nearest of all bfloat16 numbers by distance, the even one of two, without the conversion's tricks.
std::uint16_t nearest(float value) {
  const auto below = static_cast<std::uint16_t>(bits_of(value) >> 16),
             above = static_cast<std::uint16_t>(below + 1);
  const auto distance = [&](std::uint16_t bits) {
    // What would come after the largest number, where infinity stands.
    const bool is_past = (bits & 0x7FFF) == 0x7F80;
    const double number = std::bit_cast<float>(std::uint32_t{bits} << 16);
    return std::abs((is_past ? std::copysign(0x1p128, number) : number) - value);
  };
  const double to_below = distance(below), to_above = distance(above);
  if (to_below == to_above) return below % 2 == 0 ? below : above;
  return to_below < to_above ? below : above;
}

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(fills_on_cuda, T, CudaTypes) {
  const Accumulate<T> value(1 / 3.0);
  for (const std::int64_t size : sizes())
    for (const std::size_t shift : {0, 1, 4}) {
      const DeviceNumbers<T> x(std::vector<T>(size, kNan<T>), shift);
      cuda::Context context;
      fill(context, Fill<T>{.size = size, .value = value, .x = x.data()});
      BOOST_TEST(same_bits(x.values(), std::vector<T>(size, T(value))));
      BOOST_TEST(x.intact());
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(adds_on_cuda, T, CudaTypes) {
  for (const std::int64_t size : sizes()) {
    const auto x = normal_numbers<T>(size, 1), y = normal_numbers<T>(size, 2);
    std::vector<T> expected;
    for (std::size_t i = 0; i < x.size(); ++i)
      expected.push_back(T(Accumulate<T>(x[i]) + Accumulate<T>(y[i])));
    for (const std::size_t x_shift : {0, 1})
      for (const std::size_t y_shift : {0, 1}) BOOST_TEST(same_bits(added(x, y, x_shift, y_shift), expected));
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(sums_on_cuda_hide_no_nan_and_no_infinity, T, CudaTypes) {
  const auto sum =
      added<T>({kNan<T>, T(1), kInfinity<T>, kInfinity<T>}, {T(1), kNan<T>, T(1), kMinusInfinity<T>}, 0, 0);
  for (const std::size_t i : {0, 1, 3}) BOOST_TEST(std::isnan(Accumulate<T>(sum[i])));
  BOOST_TEST(Accumulate<T>(sum[2]) == kInfinity<Accumulate<T>>);
}

BOOST_AUTO_TEST_CASE(converts_on_cuda_at_any_address) {
  for (const std::int64_t size : sizes()) {
    const auto x = normal_numbers<float>(size, 1);
    const auto narrow = rounded<bfloat16>(x);
    for (const std::size_t x_shift : {0, 1})
      for (const std::size_t y_shift : {0, 4}) {
        BOOST_TEST(same_bits(converted<bfloat16>(x, x_shift, y_shift), narrow));
        BOOST_TEST(same_bits(converted<float>(narrow, x_shift, y_shift), widened(narrow)));
      }
  }
}

// Every upper half with lower halves around a tie: normal, subnormal and infinite numbers of both signs.
BOOST_AUTO_TEST_CASE(converts_to_the_nearest_bfloat16, *kOnlyUnsanitized) {
  std::vector<float> x;
  for (std::uint32_t upper = 0; upper < 0x10000; ++upper)
    for (const std::uint32_t lower : {0x0000u, 0x0001u, 0x7FFFu, 0x8000u, 0x8001u, 0xFFFFu})
      if (const auto value = std::bit_cast<float>(upper << 16 | lower); std::isfinite(value))
        x.push_back(value);
  const auto y = converted<bfloat16>(x);
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < x.size(); ++i) wrong += y[i].bits != nearest(x[i]);
  BOOST_TEST(wrong == 0U);
}

BOOST_AUTO_TEST_CASE(every_bfloat16_survives_the_way_to_float_and_back, *kOnlyUnsanitized) {
  std::vector<bfloat16> x;
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits)
    x.push_back(std::bit_cast<bfloat16>(static_cast<std::uint16_t>(bits)));
  const auto wide = converted<float>(x);
  const auto back = converted<bfloat16>(wide);
  std::size_t wrong = 0;
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    wrong += bits_of(wide[bits]) != bits << 16;
    wrong += std::isnan(wide[bits]) ? !std::isnan(float(back[bits])) : back[bits].bits != bits;
  }
  BOOST_TEST(wrong == 0U);
}

BOOST_AUTO_TEST_CASE(converting_keeps_infinities_and_nans) {
  const auto y = converted<bfloat16>(
      std::vector<float>{kInfinity<float>, -kInfinity<float>, std::numeric_limits<float>::max(), kNan<float>,
                         std::bit_cast<float>(0x7F800001u), std::bit_cast<float>(0xFFFFFFFFu)});
  const std::vector<float> infinities{kInfinity<float>, -kInfinity<float>, kInfinity<float>};
  for (std::size_t i = 0; i < 3; ++i) BOOST_TEST(float(y[i]) == infinities[i]);
  for (std::size_t i = 3; i < 6; ++i) BOOST_TEST(std::isnan(float(y[i])));
}

BOOST_AUTO_TEST_CASE(adding_on_cuda_is_the_same_in_every_order) {
  const auto x = normal_numbers<bfloat16>(2100, 1), y = normal_numbers<bfloat16>(2100, 2);
  simt::same_in_every_order([&] { return added(x, y, 0, 0); });
}

}  // namespace favras::kernels
