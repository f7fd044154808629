// Softmax and cross-entropy on CUDA against the equations in double and the CPU's kernel.
#include <boost/test/unit_test.hpp>

#include "kernels/softmax_cross_entropy/softmax_cross_entropy.h"
#include "tests/kernels/device_numbers.h"
#include "tests/simt/every_barrier.h"

namespace favras::kernels {

using namespace favras::test;

namespace {

constexpr std::int32_t kIgnore = -1;
using Targets = std::vector<std::int32_t>;

template <class T>
struct Result {
  std::vector<T> gradient;
  std::vector<Accumulate<T>> losses;
  Accumulate<T> mean, sum, count;
};

template <class T>
constexpr T kLargest = std::numeric_limits<T>::max();
template <>
constexpr bfloat16 kLargest<bfloat16> = std::bit_cast<bfloat16>(std::uint16_t{0x7F7F});

template <class T>
std::int64_t vocabulary_of(const std::vector<T>& logits, const Targets& targets) {
  return targets.empty() ? 1 : static_cast<std::int64_t>(logits.size() / targets.size());
}

template <class T>
Result<T> on_cuda(const std::vector<T>& logits, const Targets& targets, bool write_gradient = true,
                  std::size_t shift = 0, double smoothing = 0) {
  using A = Accumulate<T>;
  const DeviceNumbers<T> x(logits, shift);
  const DeviceNumbers<A> row_loss(std::vector<A>(targets.size(), kNan<A>));
  const DeviceNumbers<A> scalars(std::vector<A>(3, kNan<A>));
  const DeviceNumbers<std::int32_t> classes(targets);
  cuda::Context context;
  softmax_cross_entropy(context, SoftmaxCrossEntropy<T>{.rows = static_cast<std::int64_t>(targets.size()),
                                                        .vocabulary = vocabulary_of(logits, targets),
                                                        .targets = classes.data(),
                                                        .ignore = kIgnore,
                                                        .smoothing = static_cast<Accumulate<T>>(smoothing),
                                                        .logits = x.data(),
                                                        .write_gradient = write_gradient,
                                                        .loss_mean = scalars.data(),
                                                        .loss_sum = scalars.data() + 1,
                                                        .count = scalars.data() + 2,
                                                        .row_loss = row_loss.data()});
  BOOST_TEST((x.intact() && row_loss.intact() && scalars.intact()));
  const std::vector<A> values = scalars.values();
  return {x.values(), row_loss.values(), values[0], values[1], values[2]};
}

template <class T>
Result<T> on_cpu(std::vector<T> logits, const Targets& targets, double smoothing = 0) {
  Result<T> result{{}, std::vector<T>(targets.size()), 0, 0, 0};
  cpu::Context context;
  softmax_cross_entropy(context, SoftmaxCrossEntropy<T>{.rows = static_cast<std::int64_t>(targets.size()),
                                                        .vocabulary = vocabulary_of(logits, targets),
                                                        .targets = targets.data(),
                                                        .ignore = kIgnore,
                                                        .smoothing = static_cast<Accumulate<T>>(smoothing),
                                                        .logits = logits.data(),
                                                        .write_gradient = true,
                                                        .loss_mean = &result.mean,
                                                        .loss_sum = &result.sum,
                                                        .count = &result.count,
                                                        .row_loss = result.losses.data()});
  result.gradient = logits;
  return result;
}

template <class T>
Result<double> expected_of(const std::vector<T>& numbers, const Targets& targets, double smoothing = 0) {
  const auto logits = widened(numbers);
  Result<double> e{std::vector<double>(logits.size()), std::vector<double>(targets.size()), 0, 0, 0};
  for (const std::int32_t target : targets) e.count += target != kIgnore;
  const auto vocabulary = static_cast<std::size_t>(vocabulary_of(logits, targets));
  for (std::size_t r = 0; r < targets.size(); ++r) {
    if (targets[r] == kIgnore) continue;
    const auto* x = logits.data() + r * vocabulary;
    const double largest = *std::max_element(x, x + vocabulary);
    double sum = 0;
    for (std::size_t v = 0; v < vocabulary; ++v) sum += std::exp(x[v] - largest);
    double expected_logit = 0;
    for (std::size_t v = 0; v < vocabulary; ++v) {
      const bool is_target = static_cast<std::int32_t>(v) == targets[r];
      const double q = (1 - smoothing) * is_target + smoothing / static_cast<double>(vocabulary);
      e.gradient[r * vocabulary + v] = (std::exp(x[v] - largest) / sum - q) / e.count;
      if (q > 0) expected_logit += q * x[v];
    }
    e.losses[r] = std::log(sum) + (largest - expected_logit);
    e.sum += e.losses[r];
  }
  e.mean = e.count > 0 ? e.sum / e.count : 0;
  return e;
}

template <class T>
Result<double> in_double(const Result<T>& r) {
  const auto gradient = widened(r.gradient);
  return {{gradient.begin(), gradient.end()}, {r.losses.begin(), r.losses.end()}, r.mean, r.sum, r.count};
}

// Whether each is what a number so close to the expected one rounds to.
template <class T>
bool round_from(const std::vector<double>& expected, double tolerance, const std::vector<T>& actual) {
  const auto to_nearest = [](double number) { return Accumulate<T>(T(static_cast<Accumulate<T>>(number))); };
  return std::ranges::equal(expected, actual, [&](double number, T value) {
    return to_nearest(number - tolerance) <= Accumulate<T>(value) &&
           Accumulate<T>(value) <= to_nearest(number + tolerance);
  });
}

template <class T>
void compare(const Result<T>& actual, const Result<double>& expected) {
  const double tolerance = 32 * kEpsilon<Accumulate<T>>;
  // No element of the gradient is larger than 1 / count.
  BOOST_TEST(round_from(expected.gradient, tolerance / std::max(1.0, expected.count), actual.gradient));
  BOOST_TEST(largest_error(actual.losses, expected.losses) <= tolerance);
  BOOST_TEST(error_of(actual.sum, expected.sum) <= tolerance);
  BOOST_TEST(error_of(actual.mean, expected.mean) <= tolerance);
  BOOST_TEST(actual.count == expected.count);
}

template <class T>
void check(const std::vector<T>& logits, const Targets& targets, std::size_t shift = 0,
           double smoothing = 0) {
  const Result<T> actual = on_cuda(logits, targets, true, shift, smoothing);
  compare(actual, expected_of(logits, targets, smoothing));
  compare(actual, in_double(on_cpu(widened(logits), targets, smoothing)));
  const Result<T> only_loss = on_cuda(logits, targets, false, shift, smoothing);
  BOOST_TEST(same_bits(only_loss.gradient, logits));
  BOOST_TEST(same_bits<Accumulate<T>>({only_loss.sum, only_loss.count, only_loss.mean},
                                      {actual.sum, actual.count, actual.mean}));
}

// Every third row is padding.
template <class T>
void check_random(std::int64_t rows, std::int64_t vocabulary, std::size_t shift = 0, double smoothing = 0) {
  Targets targets = random_ids(rows, static_cast<std::int32_t>(vocabulary), 1);
  for (std::size_t r = 2; r < targets.size(); r += 3) targets[r] = kIgnore;
  check(normal_numbers<T>(rows * vocabulary, 2, 3.0), targets, shift, smoothing);
}

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(softmax_on_cuda_agrees_with_the_equations_and_the_cpu, T, CudaTypes) {
  for (const std::int64_t rows : kRowCounts)
    for (const std::int64_t vocabulary : kColumnCounts)
      if (vocabulary > 0) check_random<T>(rows, vocabulary);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(softmax_on_cuda_smooths_labels, T, CudaTypes) {
  for (const std::int64_t vocabulary : {1, 2, 33, 80, 1100}) check_random<T>(7, vocabulary, 0, 0.1);
}

// From about a thousand classes on, a block takes a row.
BOOST_AUTO_TEST_CASE_TEMPLATE(softmax_on_cuda_takes_large_vocabularies, T, CudaTypes) {
  for (const std::int64_t vocabulary : {1023, 1024, 1025, 2500}) check_random<T>(12, vocabulary);
  if (kSanitized) return;
  check_random<T>(2, 100'000);
  check_random<T>(2, 99'999);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(softmax_on_cuda_takes_any_address, T, CudaTypes) {
  for (const std::size_t shift : {1, 2, 3}) {
    check_random<T>(4, 80, shift);
    check_random<T>(4, 1100, shift);
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(extreme_logits_on_cuda_stay_finite, T, CudaTypes) {
  for (const std::int64_t vocabulary : {36, 37, 1200}) {
    auto logits = normal_numbers<T>(vocabulary, 1, 1000.0);
    check(logits, {4});
    std::ranges::fill(logits, T(-Accumulate<T>(kLargest<T>)));
    logits[3] = logits[35] = kLargest<T>;
    check(logits, {3});
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(minus_infinity_on_cuda_is_a_class_of_no_probability, T, CudaTypes) {
  for (const std::int64_t vocabulary : {36, 37, 1200}) {
    auto logits = normal_numbers<T>(2 * vocabulary, 1);
    for (const std::int64_t at : {0, 9, 35}) logits[at] = logits[vocabulary + at] = kMinusInfinity<T>;
    check(logits, {5, 7});
    const Result<T> impossible = on_cuda(logits, {9, 7});
    BOOST_TEST(impossible.losses[0] == kInfinity<Accumulate<T>>);
    BOOST_TEST(impossible.sum == kInfinity<Accumulate<T>>);
    BOOST_TEST(std::isfinite(impossible.losses[1]));
  }
}

// A NaN, a positive infinity, or nothing but negative ones: no distribution, and the loss says so.
BOOST_AUTO_TEST_CASE_TEMPLATE(a_row_without_a_distribution_on_cuda_gives_nan, T, CudaTypes) {
  for (const std::int64_t vocabulary : {36, 37, 1200}) {
    const auto spoilt = [&](const std::vector<T>& logits) {
      const Result<T> result = on_cuda(logits, {1, 5, 7});
      BOOST_TEST((std::isnan(result.losses[1]) && std::isnan(result.sum) && std::isnan(result.mean)));
      BOOST_TEST((std::isfinite(result.losses[0]) && std::isfinite(result.losses[2])));
      for (std::int64_t i = 0; i < 3 * vocabulary; ++i)
        BOOST_TEST(std::isnan(Accumulate<T>(result.gradient[i])) == (i / vocabulary == 1));
    };
    const auto logits = normal_numbers<T>(3 * vocabulary, 1);
    for (const std::int64_t at : {0, 1, 5, 32, 35})
      for (const T value : {kNan<T>, kInfinity<T>}) {
        auto spoilt_logits = logits;
        spoilt_logits[vocabulary + at] = value;
        spoilt(spoilt_logits);
      }
    auto nothing = logits;
    std::fill_n(nothing.begin() + vocabulary, vocabulary, kMinusInfinity<T>);
    spoilt(nothing);
  }
}

// Also when the padding holds rubbish.
BOOST_AUTO_TEST_CASE_TEMPLATE(ignored_rows_on_cuda_give_nothing, T, CudaTypes) {
  for (const std::int64_t vocabulary : {8, 9, 1200}) {
    const Result<T> result = on_cuda(std::vector<T>(4 * vocabulary, kNan<T>), Targets(4, kIgnore));
    BOOST_TEST(same_bits(result.gradient, std::vector<T>(4 * vocabulary)));
    BOOST_TEST(same_bits<Accumulate<T>>({result.sum, result.count, result.mean}, {0, 0, 0}));
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(scales_by_a_scalar_on_cuda, T, CudaTypes) {
  std::vector<std::int64_t> sizes = kColumnCounts;
  sizes.insert(sizes.end(), {1025, kSanitized ? 2050 : 20'003});
  for (const std::int64_t size : sizes)
    for (const std::size_t shift : {0, 1}) {
      const auto x = normal_numbers<T>(size, 1);
      const Accumulate<T> by(0.3);
      std::vector<T> expected;
      for (const T value : x) expected.push_back(T(Accumulate<T>(value) * by));
      const DeviceNumbers<T> result(x, shift);
      const simt::DeviceArray<Accumulate<T>> factor(std::vector{by});
      cuda::Context context;
      scale_by_scalar(context, ScaleByScalar<T>{.size = size, .factor = factor.data(), .x = result.data()});
      BOOST_TEST(same_bits(result.values(), expected));
      BOOST_TEST(result.intact());
    }
}

// Of the gradient and the sum, for rows of warps and of blocks, some of them left out.
std::vector<float> all_of(std::int64_t rows, std::int64_t vocabulary) {
  Targets targets = random_ids(rows, static_cast<std::int32_t>(vocabulary), 1);
  targets[1] = kIgnore;
  Result<float> result = on_cuda(normal_numbers<float>(rows * vocabulary, 2), targets);
  result.gradient.push_back(result.sum);
  return result.gradient;
}

BOOST_AUTO_TEST_CASE(softmax_on_cuda_is_the_same_in_every_order) {
  simt::same_in_every_order([] { return all_of(40, 37); });
  simt::same_in_every_order([] { return all_of(12, 1100); });
}

BOOST_AUTO_TEST_CASE(softmax_on_cuda_needs_its_barrier, *kLeavesOutBarriers) {
  simt::every_barrier_is_noticed([] { return simt::bytes(all_of(12, 1100)); }, 1);
}

}  // namespace favras::kernels
