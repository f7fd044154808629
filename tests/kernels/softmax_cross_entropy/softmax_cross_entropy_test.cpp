#include "kernels/softmax_cross_entropy/softmax_cross_entropy.h"

#include <boost/test/unit_test.hpp>

#include "tests/support/instruction_sets.h"
#include "tests/support/numbers.h"

namespace favras::kernels {

using namespace favras::test;

constexpr std::int32_t kIgnore = -1;

template <class T>
struct Result {
  std::vector<T> gradient, losses;
  T sum, count, mean;
};

template <class T>
Result<T> run(const std::vector<T>& logits, const std::vector<std::int32_t>& targets, int threads = 1,
              bool write_gradient = true, double smoothing = 0) {
  cpu::Context context{threads};
  Guarded<T> x(logits), row_loss(std::vector<T>(targets.size(), kNan<T>)),
      scalars(std::vector<T>(3, kNan<T>));
  const auto rows = static_cast<std::int64_t>(targets.size());
  softmax_cross_entropy(
      context,
      SoftmaxCrossEntropy<T>{.rows = rows,
                             .vocabulary = rows == 0 ? 1 : static_cast<std::int64_t>(logits.size()) / rows,
                             .targets = targets.data(),
                             .ignore = kIgnore,
                             .smoothing = static_cast<T>(smoothing),
                             .logits = x.data(),
                             .write_gradient = write_gradient,
                             .loss_mean = &scalars[2],
                             .loss_sum = &scalars[0],
                             .count = &scalars[1],
                             .row_loss = row_loss.data()});
  BOOST_TEST((x.intact() && row_loss.intact() && scalars.intact()));
  return {x.numbers(), row_loss.numbers(), scalars[0], scalars[1], scalars[2]};
}

template <class T>
Result<double> expected_of(const std::vector<T>& logits, const std::vector<std::int32_t>& targets,
                           double smoothing = 0) {
  Result<double> e{std::vector<double>(logits.size()), std::vector<double>(targets.size()), 0, 0, 0};
  for (const std::int32_t target : targets) e.count += target != kIgnore;
  const std::size_t vocabulary = targets.empty() ? 0 : logits.size() / targets.size();
  for (std::size_t r = 0; r < targets.size(); ++r) {
    if (targets[r] == kIgnore) continue;
    const T* x = logits.data() + r * vocabulary;
    const double maximum = *std::max_element(x, x + vocabulary);
    double sum = 0;
    for (std::size_t v = 0; v < vocabulary; ++v) sum += std::exp(x[v] - maximum);
    double expected_logit = 0;
    for (std::size_t v = 0; v < vocabulary; ++v) {
      const bool is_target = static_cast<std::int32_t>(v) == targets[r];
      const double q = (1 - smoothing) * is_target + smoothing / static_cast<double>(vocabulary);
      e.gradient[r * vocabulary + v] = (std::exp(x[v] - maximum) / sum - q) / e.count;
      if (q > 0) expected_logit += q * x[v];
    }
    e.losses[r] = std::log(sum) + (maximum - expected_logit);
    e.sum += e.losses[r];
  }
  e.mean = e.count > 0 ? e.sum / e.count : 0;
  return e;
}

template <class T>
void check(const std::vector<T>& logits, const std::vector<std::int32_t>& targets, double smoothing = 0) {
  const Result<double> expected = expected_of(logits, targets, smoothing);
  const Result<T> one = run(logits, targets, 1, true, smoothing);
  const double tolerance = 32 * kEpsilon<T>;
  BOOST_TEST(largest_error(one.gradient, expected.gradient) <= tolerance);
  BOOST_TEST(largest_error(one.losses, expected.losses) <= tolerance);
  BOOST_TEST(error_of(one.sum, expected.sum) <= tolerance);
  BOOST_TEST(one.count == expected.count);
  BOOST_TEST(error_of(one.mean, expected.mean) <= tolerance);
  for (const int threads : kThreadCounts) {
    const Result<T> other = run(logits, targets, threads, true, smoothing);
    BOOST_TEST(same_bits(other.gradient, one.gradient));
    BOOST_TEST(same_bits<T>({other.sum, other.count, other.mean}, {one.sum, one.count, one.mean}));
    const Result<T> only_loss = run(logits, targets, threads, false, smoothing);
    BOOST_TEST(same_bits(only_loss.gradient, logits));
    BOOST_TEST(
        same_bits<T>({only_loss.sum, only_loss.count, only_loss.mean}, {one.sum, one.count, one.mean}));
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(agrees_with_the_equations, T, NumberTypes) {
  for_each_instruction_set([] {
    for (const std::int64_t vocabulary : kSizes)
      for (const std::int64_t rows : {0, 1, 33, 300}) {
        if (vocabulary == 0) continue;
        auto targets = random_ids(rows, static_cast<std::int32_t>(vocabulary), 1);
        for (std::int64_t r = 2; r < rows; r += 5) targets[r] = kIgnore;
        for (const double smoothing : {0.0, 0.1})
          check(normal_numbers<T>(rows * vocabulary, 2, 3.0), targets, smoothing);
      }
  });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(takes_a_vocabulary_of_100_000, T, NumberTypes) {
  check(normal_numbers<T>(3 * 100'000, 1, 4.0), {5, kIgnore, 99'999});
}

BOOST_AUTO_TEST_CASE_TEMPLATE(takes_large_and_distant_logits, T, NumberTypes) {
  for_each_instruction_set([] {
    for (const double scale : {1e2, 1e4, 1e30}) check(normal_numbers<T>(4 * 37, 1, scale), {0, 36, 17, 5});
    std::vector<T> extremes(37, std::numeric_limits<T>::lowest());
    extremes[3] = extremes[35] = std::numeric_limits<T>::max();
    check(extremes, {3});
  });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(minus_infinity_is_a_class_of_no_probability, T, NumberTypes) {
  for_each_instruction_set([] {
    auto logits = normal_numbers<T>(2 * 37, 1);
    for (const std::size_t at : {0, 9, 36, 37, 50, 73}) logits[at] = -kInfinity<T>;
    check(logits, {5, 7});
    const Result<T> impossible = run(logits, {9, 7});
    BOOST_TEST(impossible.losses[0] == kInfinity<T>);
    BOOST_TEST(impossible.sum == kInfinity<T>);
    BOOST_TEST(std::isfinite(impossible.losses[1]));
  });
}

// A NaN, a positive infinity, or nothing but negative ones: no distribution, and the loss says so.
BOOST_AUTO_TEST_CASE_TEMPLATE(a_row_without_a_distribution_gives_nan, T, NumberTypes) {
  const auto spoilt = [](const std::vector<T>& logits) {
    const Result<T> result = run(logits, {1, 5, 7});
    BOOST_TEST((std::isnan(result.losses[1]) && std::isnan(result.sum) && std::isnan(result.mean)));
    BOOST_TEST((std::isfinite(result.losses[0]) && std::isfinite(result.losses[2])));
    const std::span<const T> gradient = result.gradient;
    BOOST_TEST(all_nan(gradient.subspan(37, 37)));
    for (std::size_t v = 0; v < 37; ++v)
      BOOST_TEST((std::isfinite(gradient[v]) && std::isfinite(gradient[74 + v])));
  };
  for_each_instruction_set([&] {
    const auto logits = normal_numbers<T>(3 * 37, 1);
    for (const std::size_t at : {0, 1, 5, 15, 16, 33, 36})
      for (const T value : {kNan<T>, kInfinity<T>}) {
        auto spoilt_logits = logits;
        spoilt_logits[37 + at] = value;
        spoilt(spoilt_logits);
      }
    auto nothing = logits;
    std::fill_n(nothing.begin() + 37, 37, -kInfinity<T>);
    spoilt(nothing);
  });
}

// Also when the padding holds rubbish.
BOOST_AUTO_TEST_CASE_TEMPLATE(ignored_rows_give_nothing, T, NumberTypes) {
  const Result<T> result = run(std::vector<T>(4 * 9, kNan<T>), std::vector<std::int32_t>(4, kIgnore));
  BOOST_TEST(same_bits(result.gradient, std::vector<T>(4 * 9)));
  BOOST_TEST(same_bits<T>({result.sum, result.count, result.mean}, {0, 0, 0}));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(scales_by_a_scalar, T, NumberTypes) {
  std::vector<std::int64_t> sizes = kSizes;
  sizes.insert(sizes.end(), {16384, 16385, 40'000});
  for_each_instruction_set([&] {
    for (const std::int64_t size : sizes)
      for (const int threads : kThreadCounts) {
        const auto x = normal_numbers<T>(size, 1);
        std::vector<T> expected;
        for (const T value : x) expected.push_back(value * T(0.3));
        Guarded<T> result(x);
        const T factor = T(0.3);
        cpu::Context context{threads};
        scale_by_scalar(context, ScaleByScalar<T>{.size = size, .factor = &factor, .x = result.data()});
        BOOST_TEST(same_bits(result.numbers(), expected));
        BOOST_TEST(result.intact());
      }
  });
}

}  // namespace favras::kernels
