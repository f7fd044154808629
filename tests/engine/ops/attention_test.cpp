// Attention: against the equations, against differences, what lies past the ends, refusals.
#include "engine/ops/attention.h"

#include <ostream>

#include <boost/test/unit_test.hpp>

#include "engine/ops/linear.h"
#include "tests/engine/engine_test_support.h"
#include "tests/support/gradcheck.h"
#include "tests/support/numbers.h"

using namespace favras;
using namespace favras::test;

BOOST_TEST_GLOBAL_FIXTURE(OneThread);

namespace {

using Lengths = std::vector<std::int32_t>;

struct Case {
  std::int64_t target, source, size;
  Lengths memory_lengths, query_lengths;  // of each batch row; the latter may be empty

  std::int64_t batch() const { return static_cast<std::int64_t>(memory_lengths.size()); }
  std::int64_t queries(std::int64_t b) const { return query_lengths.empty() ? target : query_lengths[b]; }
};

std::ostream& operator<<(std::ostream& out, const Case& c) {
  return out << "T " << c.target << " B " << c.batch() << " S " << c.source << " M " << c.size;
}

const std::vector<Case> kCases = {
    {1, 1, 1, {1}, {}},           {3, 4, 5, {4, 2, 1}, {}},     {5, 3, 2, {3, 0, 2}, {5, 4, 0}},
    {31, 2, 3, {2, 1}, {31, 30}}, {2, 33, 3, {33, 32}, {2, 1}}, {2, 3, 33, {3, 2}, {1, 2}},
    {1, 32, 2, {31, 7}, {}},      {32, 1, 1, {1, 1}, {32, 1}},  {0, 3, 2, {3, 3}, {}},
    {3, 0, 2, {0, 0}, {}},        {2, 3, 0, {3, 1}, {}},        {2, 3, 2, {}, {}},
};

// query and memory; scores of about one.
std::vector<Tensor> inputs_of(const Case& c) {
  const double scale = 1.0 / std::sqrt(std::max<double>(1.0, static_cast<double>(c.size)));
  return {random_tensor({c.target, c.batch(), c.size}, 1, scale),
          random_tensor({c.source, c.batch(), c.size}, 2)};
}

Tensor tensor_of(const Lengths& lengths, Device device) {
  return Tensor::from(lengths, {static_cast<std::int64_t>(lengths.size())}, device);
}
Tensor query_lengths_of(const Case& c, Device device) {
  return c.query_lengths.empty() ? Tensor() : tensor_of(c.query_lengths, device);
}

Function function_of(const Case& c, Device device) {
  return [=](std::span<const Variable> v) {
    return std::vector{
        attention(v[0], v[1], tensor_of(c.memory_lengths, device), query_lengths_of(c, device))};
  };
}

struct Expected {
  std::vector<double> context, weights;
};

// The equations as they read.
Expected expected_of(const Case& c, const std::vector<Tensor>& inputs) {
  const std::int64_t B = c.batch(), M = c.size;
  Expected e{std::vector<double>(c.target * B * M), std::vector<double>(c.target * B * c.source)};
  const double *const query = inputs[0].data<double>(), *const memory = inputs[1].data<double>();
  for (std::int64_t b = 0; b < B; ++b)
    for (std::int64_t t = 0; t < c.queries(b); ++t) {
      double* const weights = e.weights.data() + (t * B + b) * c.source;
      double sum = 0;
      for (std::int64_t s = 0; s < c.memory_lengths[b]; ++s) {
        double score = 0;
        for (std::int64_t m = 0; m < M; ++m)
          score += query[(t * B + b) * M + m] * memory[(s * B + b) * M + m];
        sum += weights[s] = std::exp(score);
      }
      for (std::int64_t s = 0; s < c.memory_lengths[b]; ++s) {
        weights[s] /= sum;
        for (std::int64_t m = 0; m < M; ++m)
          e.context[(t * B + b) * M + m] += weights[s] * memory[(s * B + b) * M + m];
      }
    }
  return e;
}

template <class T>
Tensor converted(const Tensor& x, Device device) {
  std::vector<T> numbers;
  for (const double number : x.to_host<double>()) numbers.push_back(T(static_cast<Accumulate<T>>(number)));
  return Tensor::from(numbers, x.shape(), device);
}

template <class T>
void check_values(const Case& c, Device device, double tolerance) {
  const std::vector<Tensor> inputs = inputs_of(c);
  const Expected expected = expected_of(c, inputs);
  const Tensor query = converted<T>(inputs[0], device), memory = converted<T>(inputs[1], device);
  const Tensor memory_lengths = tensor_of(c.memory_lengths, device),
               query_lengths = query_lengths_of(c, device);
  const Tensor context = attention(Variable(query), Variable(memory), memory_lengths, query_lengths).value();
  BOOST_TEST(context.shape() == query.shape(), boost::test_tools::per_element());
  BOOST_TEST((context.device() == device));
  BOOST_TEST(largest_error(context.to_host<T>(), expected.context) <= tolerance);
  const Alignment seen = alignment(query, memory, memory_lengths, query_lengths);
  BOOST_TEST(seen.weights.shape() == (Shape{c.target, c.batch(), c.source}),
             boost::test_tools::per_element());
  BOOST_TEST(largest_error(seen.weights.to_host<Accumulate<T>>(), expected.weights) <= tolerance);
  BOOST_TEST(same_bits(seen.context.to_host<T>(), context.to_host<T>()));
}

// Overwrites what lies past the ends of a tensor [T or S, B, M].
void spoil(const Tensor& x, const Lengths& lengths) {
  for (std::int64_t row = 0; row < x.size(0); ++row)
    for (std::int64_t b = 0; b < x.size(1); ++b)
      if (row >= lengths[b])
        std::fill_n(x.data<double>() + (row * x.size(1) + b) * x.size(2), x.size(2), NAN);
}

}  // namespace

FAVRAS_DEVICE_TEST_CASE(agrees_with_the_equations) {
  for (const Case& c : kCases) BOOST_TEST_CONTEXT(c) {
      check_values<double>(c, device, 1e-13);
      check_values<float>(c, device, 1e-5);
      check_values<bfloat16>(c, device, 0x1p-5);  // the inputs are rounded, too
    }
}

FAVRAS_DEVICE_TEST_CASE(gradients_equal_differences) {
  for (const Case& c : kCases) BOOST_TEST_CONTEXT(c) {
      BOOST_TEST(gradient_error(function_of(c, device), inputs_of(c), device) < 1e-6);
    }
}

FAVRAS_DEVICE_TEST_CASE(the_general_score_is_a_product_before_it) {
  const auto f = [&](std::span<const Variable> v) {
    return std::vector{attention(linear(v[0], v[2]), v[1], tensor_of({3, 2}, device))};
  };
  BOOST_TEST(gradient_error(
                 f, {random_tensor({4, 2, 3}, 1), random_tensor({3, 2, 5}, 2), random_tensor({5, 3}, 3, 0.3)},
                 device) < 1e-6);
}

FAVRAS_DEVICE_TEST_CASE(a_sequence_may_attend_to_itself_and_others) {
  const auto f = [&](std::span<const Variable> v) {
    const Tensor lengths = tensor_of({3, 2}, device);
    return std::vector{attention(v[0], v[0], lengths), attention(v[1], v[0], lengths)};
  };
  BOOST_TEST(gradient_error(f, {random_tensor({3, 2, 4}, 1), random_tensor({2, 2, 4}, 2)}, device) < 1e-6);
}

FAVRAS_DEVICE_TEST_CASE(what_lies_past_the_ends_is_not_read) {
  const Case c{6, 7, 4, {7, 3, 0}, {2, 6, 4}};
  std::vector<std::vector<double>> results;
  for (const bool spoilt : {false, true}) {
    std::vector<Tensor> inputs = inputs_of(c);
    const Tensor d_context = random_tensor(inputs[0].shape(), 3);
    if (spoilt) {
      spoil(inputs[0], c.query_lengths);
      spoil(inputs[1], c.memory_lengths);
      spoil(d_context, c.query_lengths);
    }
    const Variable query(moved(inputs[0], device), true), memory(moved(inputs[1], device), true);
    const Variable context = function_of(c, device)(std::vector{query, memory})[0];
    const Variable loss =
        record({Tensor::zeros({1}, DType::kFloat64)}, {context},
               [&](std::span<const Tensor>) { context.add_gradient(moved(d_context, device)); })[0];
    backward(loss);
    std::vector<double> all = context.value().to_host<double>();
    for (const Variable& v : {query, memory}) {
      const std::vector<double> gradient = v.gradient().to_host<double>();
      all.insert(all.end(), gradient.begin(), gradient.end());
    }
    results.push_back(all);
  }
  BOOST_TEST(same_bits(results[0], results[1]));
}

FAVRAS_DEVICE_TEST_CASE(only_what_requires_a_gradient_gets_one) {
  const Case c{5, 3, 2, {3, 1}, {}};
  const std::vector<Tensor> inputs = inputs_of(c);
  std::vector<Variable> all{Variable(moved(inputs[0], device), true),
                            Variable(moved(inputs[1], device), true)};
  backward(weighted_sum(function_of(c, device)(all), 1));
  for (const std::size_t chosen : {0, 1}) {
    std::vector<Variable> v;
    for (std::size_t k = 0; k < 2; ++k) v.emplace_back(moved(inputs[k], device), k == chosen);
    backward(weighted_sum(function_of(c, device)(v), 1));
    for (std::size_t k = 0; k < 2; ++k) BOOST_TEST(bool(v[k].gradient()) == (k == chosen));
    BOOST_TEST(same_bits(v[chosen].gradient().to_host<double>(), all[chosen].gradient().to_host<double>()));
  }
}

BOOST_AUTO_TEST_CASE(wrong_arguments_are_named) {
  const auto message = [](const Tensor& query, const Tensor& memory, const Tensor& memory_lengths,
                          const Tensor& query_lengths = {}) {
    const std::string said = message_of<std::invalid_argument>(
        [&] { attention(Variable(query), Variable(memory), memory_lengths, query_lengths); });
    BOOST_TEST(said == message_of<std::invalid_argument>(
                           [&] { alignment(query, memory, memory_lengths, query_lengths); }));
    return said;
  };
  const auto ids = [](Shape shape) { return Tensor::zeros(std::move(shape), DType::kInt32); };
  const Tensor query = random_tensor({4, 2, 3}, 1), memory = random_tensor({5, 2, 3}, 2), lengths = ids({2});
  BOOST_TEST(message(random_tensor({4, 2}, 1), memory, lengths) ==
             "attention: query must be [any, any, any], got [4, 2]");
  BOOST_TEST(message(query, random_tensor({5, 3, 3}, 1), lengths) ==
             "attention: memory must be [any, 2, 3], got [5, 3, 3]");
  BOOST_TEST(message(query, random_tensor({5, 2, 4}, 1), lengths) ==
             "attention: memory must be [any, 2, 3], got [5, 2, 4]");
  BOOST_TEST(message(query, memory, {}) == "attention: memory_lengths must be [2], got nothing");
  BOOST_TEST(message(query, memory, ids({5})) == "attention: memory_lengths must be [2], got [5]");
  BOOST_TEST(message(query, memory, lengths, ids({4})) == "attention: query_lengths must be [2], got [4]");
  BOOST_TEST(message(query, memory, random_tensor({2}, 1)) ==
             "attention: memory_lengths must be int32, got float64");
  BOOST_TEST(message(query, memory, lengths, random_tensor({2}, 1)) ==
             "attention: query_lengths must be int32, got float64");
  BOOST_TEST(message(query, Tensor({5, 2, 3}, DType::kFloat32), lengths) ==
             "attention: memory must be float64, got float32");
  BOOST_TEST(message(Tensor({4, 2, 3}, DType::kInt32), memory, lengths) ==
             "attention: query must be float32, float64 or bfloat16, got int32");
}
