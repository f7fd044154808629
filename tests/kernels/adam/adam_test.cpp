#include "kernels/adam/adam.h"

#include <boost/test/unit_test.hpp>

#include "tests/support/instruction_sets.h"
#include "tests/support/numbers.h"

namespace favras::kernels {

using namespace favras::test;

struct Options {
  double gradient_scale = 1, element_clip = 0;
};
constexpr std::uint64_t kSteps = 5;
constexpr float kLearningRate = 0.01f;

// A start, and a gradient for every step.
template <class T>
struct Problem {
  explicit Problem(std::int64_t size) : start(normal_numbers<T>(size, 1)) {
    for (unsigned step = 1; step <= kSteps; ++step) gradients.push_back(normal_numbers<T>(size, 1 + step));
  }
  std::vector<T> start;
  std::vector<std::vector<T>> gradients;
};

// The parameters after kSteps steps.
template <class T>
std::vector<T> run(const Problem<T>& problem, const Options& options, int threads) {
  cpu::Context context{threads};
  const auto size = static_cast<std::int64_t>(problem.start.size());
  Guarded<T> parameters(problem.start), first(std::vector<T>(size, T(0))), second(std::vector<T>(size, T(0)));
  const T scale = static_cast<T>(options.gradient_scale);
  for (std::uint64_t step = 1; step <= kSteps; ++step) {
    const StepState state{.step = step, .learning_rate = kLearningRate};
    adam(context, Adam<T>{.size = size,
                          .parameters = parameters.data(),
                          .gradients = problem.gradients[step - 1].data(),
                          .first_moment = first.data(),
                          .second_moment = second.data(),
                          .gradient_scale = options.gradient_scale == 1 ? nullptr : &scale,
                          .element_clip = static_cast<T>(options.element_clip),
                          .state = &state});
  }
  BOOST_TEST((parameters.intact() && first.intact() && second.intact()));
  return parameters.numbers();
}

// The same by the equations of the paper, in double.
template <class T>
std::vector<double> expected_of(const Problem<T>& problem, const Options& options) {
  std::vector<double> p(problem.start.begin(), problem.start.end()), m(p.size()), v(p.size());
  const double b1 = T(0.9), b2 = T(0.999), epsilon = T(1e-8), lr = kLearningRate;
  for (std::uint64_t t = 1; t <= kSteps; ++t) {
    const double correction1 = 1 - std::pow(b1, t), correction2 = 1 - std::pow(b2, t);
    for (std::size_t i = 0; i < p.size(); ++i) {
      double g = problem.gradients[t - 1][i] * options.gradient_scale;
      if (options.element_clip > 0) g = std::clamp(g, -options.element_clip, options.element_clip);
      m[i] = b1 * m[i] + (1 - b1) * g;
      v[i] = b2 * v[i] + (1 - b2) * g * g;
      const double m_hat = m[i] / correction1, v_hat = v[i] / correction2;
      p[i] -= lr * m_hat / (std::sqrt(v_hat) + epsilon);
    }
  }
  return p;
}

BOOST_AUTO_TEST_CASE_TEMPLATE(agrees_with_the_equations, T, NumberTypes) {
  std::vector<std::int64_t> sizes = kSizes;
  sizes.insert(sizes.end(), {16384, 16385, 40'000});
  for_each_instruction_set([&] {
    for (const std::int64_t size : sizes) {
      const Problem<T> problem(size);
      for (const Options options : {Options{}, Options{.gradient_scale = 0.25}, Options{.element_clip = 0.5},
                                    Options{.gradient_scale = 2, .element_clip = 1}}) {
        const std::vector<T> one = run(problem, options, 1);
        BOOST_TEST(largest_error(one, expected_of(problem, options)) <= 8 * kEpsilon<T>);
        for (const int threads : kThreadCounts) BOOST_TEST(same_bits(run(problem, options, threads), one));
      }
    }
  });
}

// The first step moves every parameter by the learning rate against its gradient's sign.
BOOST_AUTO_TEST_CASE_TEMPLATE(first_step_is_the_learning_rate, T, NumberTypes) {
  cpu::Context context;
  std::vector<T> p(2), m(2), v(2), g = {T(1000), T(-0.001)};
  const StepState state{.step = 1, .learning_rate = 0.5f};
  adam(context, Adam<T>{.size = 2,
                        .parameters = p.data(),
                        .gradients = g.data(),
                        .first_moment = m.data(),
                        .second_moment = v.data(),
                        .state = &state});
  BOOST_TEST(largest_error(p, {-0.5, 0.5 * 0.001 / (0.001 + 1e-8)}) <= 1e-6);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(clipping_hides_no_nan, T, NumberTypes) {
  for_each_instruction_set([] {
    for (const T clip : {T(0), T(0.5)}) {
      constexpr std::int64_t kSize = 37;
      std::vector<T> p(kSize), m(kSize), v(kSize), g(kSize, T(1));
      g[3] = g[20] = g[36] = kNan<T>;  // in a full vector and in both kinds of tail
      const StepState state{.step = 1, .learning_rate = 0.1f};
      cpu::Context context;
      adam(context, Adam<T>{.size = kSize,
                            .parameters = p.data(),
                            .gradients = g.data(),
                            .first_moment = m.data(),
                            .second_moment = v.data(),
                            .element_clip = clip,
                            .state = &state});
      for (std::int64_t i = 0; i < kSize; ++i) {
        BOOST_TEST(std::isnan(p[i]) == std::isnan(g[i]));
        BOOST_TEST(std::isnan(m[i]) == std::isnan(g[i]));
        BOOST_TEST(std::isnan(v[i]) == std::isnan(g[i]));
      }
    }
  });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_nan_gradient_scale_spoils_all, T, NumberTypes) {
  std::vector<T> p(5), m(5), v(5), g(5, T(1));
  const T scale = kNan<T>;
  const StepState state{.step = 1, .learning_rate = 0.1f};
  cpu::Context context;
  adam(context, Adam<T>{.size = 5,
                        .parameters = p.data(),
                        .gradients = g.data(),
                        .first_moment = m.data(),
                        .second_moment = v.data(),
                        .gradient_scale = &scale,
                        .element_clip = 1,
                        .state = &state});
  BOOST_TEST(all_nan<T>(p));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(writes_a_rounded_copy, T, NumberTypes) {
  for_each_instruction_set([&] {
    for (const std::int64_t size : kSizes) {
      cpu::Context context;
      std::vector<T> p = normal_numbers<T>(size, 1), m(size), v(size);
      const auto g = normal_numbers<T>(size, 2);
      const StepState state{.step = 1, .learning_rate = kLearningRate};
      Guarded<bfloat16> copy(std::vector<bfloat16>(size, kNan<bfloat16>));
      adam(context, Adam<T>{.size = size,
                            .parameters = p.data(),
                            .gradients = g.data(),
                            .first_moment = m.data(),
                            .second_moment = v.data(),
                            .state = &state,
                            .copy = copy.data()});
      std::vector<bfloat16> expected;
      for (const T number : p) expected.emplace_back(static_cast<float>(number));
      BOOST_TEST(same_bits(copy.numbers(), expected));
      BOOST_TEST(copy.intact());
    }
  });
}

}  // namespace favras::kernels
