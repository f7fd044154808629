// Adam on CUDA against the equations in double and the CPU's kernel.
#include <boost/test/unit_test.hpp>

#include "kernels/adam/adam.h"
#include "tests/kernels/device_numbers.h"
#include "tests/simt/every_barrier.h"

namespace favras::kernels {

using namespace favras::test;

namespace {

constexpr std::uint64_t kSteps = 4;
constexpr float kLearningRate = 0.01f;

struct Clips {
  double gradient_scale = 1, element_clip = 0;
};

// Parameters and moments, one after another.
template <class T>
struct Arena {
  std::vector<T> parameters, first, second;
};

template <class T>
Arena<T> start(std::int64_t size) {
  return {normal_numbers<T>(size, 1), std::vector<T>(size), std::vector<T>(size)};
}

template <class T>
std::vector<T> gradients(std::int64_t size, std::uint64_t step) {
  return normal_numbers<T>(size, 1 + static_cast<unsigned>(step));
}

template <class T>
Adam<T> arguments(std::int64_t size, const Clips& clips) {
  return {.size = size, .element_clip = static_cast<T>(clips.element_clip)};
}

// kSteps steps, gradients by `gradients_of(step)`.
template <class T, class Gradients>
Arena<T> on_cuda(const Arena<T>& arena, const Clips& clips, Gradients gradients_of, std::size_t shift = 0,
                 bfloat16* copy = nullptr) {
  const DeviceNumbers<T> p(arena.parameters, shift), m(arena.first, shift), v(arena.second, shift);
  const simt::DeviceArray<T> scale(std::vector<T>{static_cast<T>(clips.gradient_scale)});
  cuda::Context context;
  auto a = arguments<T>(static_cast<std::int64_t>(arena.parameters.size()), clips);
  a.parameters = p.data(), a.first_moment = m.data(), a.second_moment = v.data(), a.copy = copy;
  if (clips.gradient_scale != 1) a.gradient_scale = scale.data();
  for (std::uint64_t step = 1; step <= kSteps; ++step) {
    const DeviceNumbers<T> g(gradients_of(step), shift);
    const simt::DeviceArray<StepState> state(
        std::vector<StepState>{{.step = step, .learning_rate = kLearningRate}});
    a.gradients = g.data(), a.state = state.data();
    adam(context, a);
    BOOST_TEST(g.intact());
  }
  BOOST_TEST((p.intact() && m.intact() && v.intact()));
  return {p.values(), m.values(), v.values()};
}

template <class T, class Gradients>
Arena<T> on_cpu(Arena<T> arena, const Clips& clips, Gradients gradients_of) {
  const T scale = static_cast<T>(clips.gradient_scale);
  cpu::Context context;
  auto a = arguments<T>(static_cast<std::int64_t>(arena.parameters.size()), clips);
  a.parameters = arena.parameters.data(), a.first_moment = arena.first.data();
  a.second_moment = arena.second.data(), a.gradient_scale = &scale;
  for (std::uint64_t step = 1; step <= kSteps; ++step) {
    const std::vector<T> g = gradients_of(step);
    const StepState state{.step = step, .learning_rate = kLearningRate};
    a.gradients = g.data(), a.state = &state;
    adam(context, a);
  }
  return arena;
}

// The parameters by the equations of the paper, in double.
template <class T>
std::vector<double> expected_of(std::int64_t size, const Clips& clips) {
  const auto begin = normal_numbers<T>(size, 1);
  std::vector<double> p(begin.begin(), begin.end()), m(p.size()), v(p.size());
  const double b1 = T(0.9), b2 = T(0.999), epsilon = T(1e-8), lr = kLearningRate;
  for (std::uint64_t t = 1; t <= kSteps; ++t) {
    const auto gradient = gradients<T>(size, t);
    for (std::size_t i = 0; i < p.size(); ++i) {
      double g = gradient[i] * clips.gradient_scale;
      if (clips.element_clip > 0) g = std::clamp(g, -clips.element_clip, clips.element_clip);
      m[i] = b1 * m[i] + (1 - b1) * g;
      v[i] = b2 * v[i] + (1 - b2) * g * g;
      p[i] -= lr * (m[i] / (1 - std::pow(b1, t))) / (std::sqrt(v[i] / (1 - std::pow(b2, t))) + epsilon);
    }
  }
  return p;
}

template <class T>
std::vector<double> in_double(const std::vector<T>& x) {
  return {x.begin(), x.end()};
}

template <class T>
void check(std::int64_t size, const Clips& clips, std::size_t shift = 0) {
  const auto gradients_of = [&](std::uint64_t step) { return gradients<T>(size, step); };
  const Arena<T> actual = on_cuda(start<T>(size), clips, gradients_of, shift);
  const Arena<T> cpus = on_cpu(start<T>(size), clips, gradients_of);
  const double tolerance = 8 * kEpsilon<T>;
  BOOST_TEST(largest_error(actual.parameters, expected_of<T>(size, clips)) <= tolerance);
  BOOST_TEST(largest_error(actual.parameters, in_double(cpus.parameters)) <= tolerance);
  BOOST_TEST(largest_error(actual.first, in_double(cpus.first)) <= tolerance);
  BOOST_TEST(largest_error(actual.second, in_double(cpus.second)) <= tolerance);
}

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(adam_agrees_with_the_equations_and_the_cpu, T, NumberTypes) {
  std::vector<std::int64_t> sizes = kColumnCounts;
  sizes.insert(sizes.end(), {1025, kSanitized ? 2050 : 20'003});  // the last loops over the grid
  for (const std::int64_t size : sizes)
    for (const Clips clips : {Clips{}, Clips{.gradient_scale = 0.25}, Clips{.element_clip = 0.5},
                              Clips{.gradient_scale = 2, .element_clip = 1}})
      check<T>(size, clips);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(adam_takes_any_address, T, NumberTypes) {
  for (const std::size_t shift : {1, 2, 3}) check<T>(70, {}, shift);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(clipping_on_cuda_hides_no_nan, T, NumberTypes) {
  for (const Clips clips : {Clips{}, Clips{.element_clip = 0.5}}) {
    std::vector<T> g(39, T(1));
    g[3] = g[20] = g[38] = kNan<T>;  // in wide accesses and in the tail
    const Arena<T> result = on_cuda(start<T>(39), clips, [&](std::uint64_t) { return g; });
    for (std::size_t i = 0; i < g.size(); ++i) {
      BOOST_TEST(std::isnan(result.parameters[i]) == std::isnan(g[i]));
      BOOST_TEST(std::isnan(result.first[i]) == std::isnan(g[i]));
      BOOST_TEST(std::isnan(result.second[i]) == std::isnan(g[i]));
    }
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_nan_gradient_scale_on_cuda_spoils_all, T, NumberTypes) {
  const Clips clips{.gradient_scale = kNan<double>, .element_clip = 1};
  const Arena<T> result =
      on_cuda(start<T>(5), clips, [](std::uint64_t step) { return gradients<T>(5, step); });
  BOOST_TEST((all_nan<T>(result.parameters) && all_nan<T>(result.first) && all_nan<T>(result.second)));
}

// In wide accesses, in the tail, and over the grid; the parameters do not notice.
BOOST_AUTO_TEST_CASE_TEMPLATE(adam_writes_a_rounded_copy, T, NumberTypes) {
  for (const std::int64_t size : {1, 4, 70, kSanitized ? 300 : 10'003})
    for (const std::size_t copy_shift : {0, 1, 4}) {
      const auto gradients_of = [&](std::uint64_t step) { return gradients<T>(size, step); };
      const DeviceNumbers<bfloat16> copy(std::vector<bfloat16>(size), copy_shift);
      const Arena<T> result = on_cuda(start<T>(size), {}, gradients_of, 0, copy.data());
      std::vector<bfloat16> expected;
      for (const T parameter : result.parameters) expected.emplace_back(static_cast<float>(parameter));
      BOOST_TEST(same_bits(copy.values(), expected));
      BOOST_TEST(copy.intact());
      BOOST_TEST(same_bits(result.parameters, on_cuda(start<T>(size), {}, gradients_of).parameters));
    }
}

BOOST_AUTO_TEST_CASE(adam_is_the_same_in_every_order) {
  simt::same_in_every_order([] {
    return on_cuda(start<float>(2100), {}, [](std::uint64_t step) { return gradients<float>(2100, step); })
        .parameters;
  });
}

BOOST_AUTO_TEST_CASE(adam_needs_its_barrier, *kLeavesOutBarriers) {
  simt::every_barrier_is_noticed(
      [] {
        return simt::bytes(on_cuda(start<float>(600), {}, [](std::uint64_t step) {
                             return gradients<float>(600, step);
                           }).parameters);
      },
      1);
}

}  // namespace favras::kernels
