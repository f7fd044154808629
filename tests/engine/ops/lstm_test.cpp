// The fused LSTM: against the composed one, against differences, against PyTorch (lstm_golden_test).
#include "engine/ops/lstm.h"

#include <boost/test/unit_test.hpp>

#include "engine/step_state.h"
#include "tests/support/composed_lstm.h"
#include "tests/support/gradcheck.h"

using namespace favras;
using namespace favras::test;

namespace {

struct Case {
  std::int64_t time, batch, inputs, hidden, layers;
  std::vector<std::int32_t> lengths;  // empty: T - b % (T + 1)
  float keep = 1.0f;
  bool reverse = false, ids = false, initial = true;
};

std::ostream& operator<<(std::ostream& out, const Case& c) {
  return out << "T" << c.time << " B" << c.batch << " I" << c.inputs << " H" << c.hidden << " L" << c.layers
             << " keep " << c.keep << (c.reverse ? " reverse" : "") << (c.ids ? " ids" : "")
             << (c.initial ? " initial" : "");
}

constexpr std::int64_t kVocabulary = 5;

// Inputs in the order: sequence or table, initial hidden, initial cell, then each layer's three.
std::vector<Tensor> inputs_of(const Case& c) {
  std::vector<Tensor> inputs;
  inputs.push_back(c.ids ? random_tensor({kVocabulary, c.inputs}, 1)
                         : random_tensor({c.time, c.batch, c.inputs}, 1));
  inputs.push_back(random_tensor({c.layers, c.batch, c.hidden}, 2, 0.5));
  inputs.push_back(random_tensor({c.layers, c.batch, c.hidden}, 3, 0.5));
  for (std::int64_t l = 0; l < c.layers; ++l) {
    const unsigned seed = 10 + 3 * static_cast<unsigned>(l);
    inputs.push_back(random_tensor({4 * c.hidden, l == 0 ? c.inputs : c.hidden}, seed, 0.4));
    inputs.push_back(random_tensor({4 * c.hidden, c.hidden}, seed + 1, 0.4));
    inputs.push_back(random_tensor({4 * c.hidden}, seed + 2, 0.4));
  }
  return inputs;
}

Tensor lengths_of(const Case& c) {
  std::vector<std::int32_t> lengths = c.lengths;
  for (std::int64_t b = static_cast<std::int64_t>(lengths.size()); b < c.batch; ++b)
    lengths.push_back(static_cast<std::int32_t>(c.time - b % (c.time + 1)));
  return Tensor::from(lengths, {c.batch});
}

using Implementation = LstmResult (*)(const LstmInput&, const Tensor&, std::span<const LstmParameters>,
                                      const LstmStates&, const LstmOptions&);

Function function_of(const Case& c, Implementation implementation, const DeviceStepState& state) {
  return [=, &state](std::span<const Variable> v) {
    LstmInput input;
    if (c.ids) {
      std::vector<std::int32_t> ids;
      for (std::int64_t i = 0; i < c.time * c.batch; ++i)
        ids.push_back(static_cast<std::int32_t>(i * 7 % kVocabulary));
      input.embedding = v[0];
      input.ids = Tensor::from(ids, {c.time, c.batch});
    } else {
      input.sequence = v[0];
    }
    std::vector<LstmParameters> layers;
    for (std::int64_t l = 0; l < c.layers; ++l) layers.push_back({v[3 + 3 * l], v[4 + 3 * l], v[5 + 3 * l]});
    const LstmStates initial = c.initial ? LstmStates{v[1], v[2]} : LstmStates{};
    const LstmResult result =
        implementation(input, lengths_of(c), layers, initial,
                       {.outputs = LstmOutputs::kAll,
                        .dropout = {.keep = c.keep, .stream = 9, .state = state.pointer()},
                        .reverse = c.reverse});
    std::vector<Variable> outputs = result.outputs;
    outputs.push_back(result.final.hidden);
    outputs.push_back(result.final.cell);
    return outputs;
  };
}

const std::vector<Case> kCases = {
    {1, 1, 1, 1, 1, {}},
    {4, 3, 2, 5, 2, {4, 0, 2}},
    {5, 7, 3, 4, 3, {}, 0.7f},
    {5, 4, 3, 6, 2, {1, 5, 3, 5}, 0.7f, true},
    {3, 6, 4, 3, 2, {}, 0.6f, false, true},
    {4, 5, 2, 3, 2, {}, 0.8f, true, true, false},
    {2, 33, 2, 2, 1, {}, 0.5f},
    {3, 2, 31, 3, 1, {}},
    {2, 2, 2, 33, 1, {}, 0.7f},
    {6, 2, 3, 2, 1, {0, 0}},
};

DeviceStepState step_state() {
  DeviceStepState state;
  state.set({.seed = 99, .step = 7});
  return state;
}

double largest_difference(const Tensor& a, const Tensor& b) {
  BOOST_REQUIRE(a.shape() == b.shape());
  double worst = 0.0;
  for (std::int64_t i = 0; i < a.elements(); ++i) {
    const double difference = std::abs(a.data<double>()[i] - b.data<double>()[i]);
    if (!(difference <= worst)) worst = std::isnan(difference) ? INFINITY : difference;
  }
  return worst;
}

struct Threads {
  explicit Threads(int count) { set_cpu_threads(count); }
  ~Threads() { set_cpu_threads(available_cpu_threads()); }
};

}  // namespace

BOOST_AUTO_TEST_CASE(fused_equals_composed) {
  const DeviceStepState state = step_state();
  for (const int threads : {1, 2, 3}) {
    const Threads guard(threads);
    for (const Case& c : kCases) {
      BOOST_TEST_CONTEXT(c << " threads " << threads) {
        std::vector<std::vector<Variable>> variables, outputs;
        for (const Implementation implementation : {Implementation(&lstm), Implementation(&composed_lstm)}) {
          std::vector<Variable> v;
          for (const Tensor& input : inputs_of(c)) v.emplace_back(input, true);
          outputs.push_back(function_of(c, implementation, state)(v));
          backward(weighted_sum(outputs.back(), 3));
          variables.push_back(v);
        }
        for (std::size_t k = 0; k < outputs[0].size(); ++k)
          BOOST_TEST(largest_difference(outputs[0][k].value(), outputs[1][k].value()) < 1e-12);
        for (std::size_t k = c.initial ? 0 : 3; k < variables[0].size(); ++k)
          BOOST_TEST(largest_difference(variables[0][k].gradient(), variables[1][k].gradient()) < 1e-11);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(gradients_equal_differences) {
  const DeviceStepState state = step_state();
  for (const Case& c : kCases) BOOST_TEST_CONTEXT(c) {
      BOOST_TEST(gradient_error(function_of(c, &lstm, state), inputs_of(c)) < 1e-6);
    }
}

BOOST_AUTO_TEST_CASE(a_nan_input_spoils_only_its_row) {
  const Case c{3, 2, 2, 3, 1, {3, 3}};
  std::vector<Tensor> inputs = inputs_of(c);
  inputs[0].data<double>()[0] = NAN;  // t 0, b 0
  std::vector<Variable> v;
  for (const Tensor& input : inputs) v.emplace_back(input);
  const DeviceStepState state = step_state();
  const Tensor y = function_of(c, &lstm, state)(v)[0].value();
  for (std::int64_t t = 0; t < 3; ++t)
    for (std::int64_t h = 0; h < 3; ++h) {
      BOOST_TEST(std::isnan(y.data<double>()[(t * 2 + 0) * 3 + h]));
      BOOST_TEST(!std::isnan(y.data<double>()[(t * 2 + 1) * 3 + h]));
    }
}

BOOST_AUTO_TEST_CASE(padding_is_never_read) {
  const Case c{4, 2, 3, 5, 2, {2, 3}, 0.7f};
  const DeviceStepState state = step_state();
  std::vector<std::vector<double>> results;
  for (const double padding : {0.0, double(NAN)}) {
    std::vector<Tensor> inputs = inputs_of(c);
    for (std::int64_t t = 0; t < 4; ++t)
      for (std::int64_t b = 0; b < 2; ++b)
        if (t >= c.lengths[b]) std::fill_n(inputs[0].data<double>() + (t * 2 + b) * 3, 3, padding);
    std::vector<Variable> v;
    for (const Tensor& input : inputs) v.emplace_back(input, true);
    backward(weighted_sum(function_of(c, &lstm, state)(v), 3));
    results.push_back(v[4].gradient().to_host<double>());
  }
  BOOST_TEST(results[0] == results[1], boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(wrong_shapes_are_named) {
  const Tensor lengths = Tensor::from(std::vector<std::int32_t>{1, 1}, {2});
  const LstmInput input{.sequence = Variable(random_tensor({3, 2, 4}, 1))};
  const std::vector<LstmParameters> layers{{Variable(random_tensor({8, 5}, 2)),
                                            Variable(random_tensor({8, 2}, 3)),
                                            Variable(random_tensor({8}, 4))}};
  BOOST_CHECK_EXCEPTION(lstm(input, lengths, layers), std::invalid_argument, [](const auto& e) {
    return std::string(e.what()) == "lstm: weight_ih must be [8, 4], got [8, 5]";
  });
  BOOST_CHECK_THROW(lstm({}, lengths, layers), std::invalid_argument);
}
