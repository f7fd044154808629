// The fused LSTM: against the composed one, against differences, against PyTorch (lstm_golden_test).
#include "engine/ops/lstm.h"

#include <boost/test/unit_test.hpp>

#include "engine/step_state.h"
#include "tests/engine/engine_test_support.h"
#include "tests/support/composed_lstm.h"
#include "tests/support/gradcheck.h"

using namespace favras;
using namespace favras::test;

BOOST_TEST_GLOBAL_FIXTURE(OneThread);

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

// Of variables on the device, where the state is.
Function function_of(const Case& c, Implementation implementation, const DeviceStepState& state,
                     Device device) {
  return [=, &state](std::span<const Variable> v) {
    LstmInput input;
    if (c.ids) {
      std::vector<std::int32_t> ids;
      for (std::int64_t i = 0; i < c.time * c.batch; ++i)
        ids.push_back(static_cast<std::int32_t>(i * 7 % kVocabulary));
      input.embedding = v[0];
      input.ids = Tensor::from(ids, {c.time, c.batch}, device);
    } else {
      input.sequence = v[0];
    }
    std::vector<LstmParameters> layers;
    for (std::int64_t l = 0; l < c.layers; ++l) layers.push_back({v[3 + 3 * l], v[4 + 3 * l], v[5 + 3 * l]});
    const LstmStates initial = c.initial ? LstmStates{v[1], v[2]} : LstmStates{};
    const LstmResult result =
        implementation(input, moved(lengths_of(c), device), layers, initial,
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

DeviceStepState step_state(Device device) {
  DeviceStepState state(device);
  state.set({.seed = 99, .step = 7});
  return state;
}

double largest_difference(const Tensor& a, const Tensor& b) {
  BOOST_REQUIRE(a.shape() == b.shape());
  const std::vector<double> x = a.to_host<double>(), y = b.to_host<double>();
  double worst = 0.0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double difference = std::abs(x[i] - y[i]);
    if (!(difference <= worst)) worst = std::isnan(difference) ? INFINITY : difference;
  }
  return worst;
}

struct Run {
  std::vector<Variable> inputs, outputs;
};

// Forward and backward.
Run run_of(const Case& c, Implementation implementation, Device device) {
  const DeviceStepState state = step_state(device);
  Run run;
  for (const Tensor& input : inputs_of(c)) run.inputs.emplace_back(moved(input, device), true);
  run.outputs = function_of(c, implementation, state, device)(run.inputs);
  backward(weighted_sum(run.outputs, 3));
  return run;
}

void check_against_composed(const Case& c, Device device) {
  const Run fused = run_of(c, &lstm, device), composed = run_of(c, &composed_lstm, kCpu);
  for (std::size_t k = 0; k < fused.outputs.size(); ++k)
    BOOST_TEST(largest_difference(fused.outputs[k].value(), composed.outputs[k].value()) < 1e-12);
  for (std::size_t k = c.initial ? 0 : 3; k < fused.inputs.size(); ++k)
    BOOST_TEST(largest_difference(fused.inputs[k].gradient(), composed.inputs[k].gradient()) < 1e-11);
}

}  // namespace

FAVRAS_DEVICE_TEST_CASE(fused_equals_composed) {
  for (const Case& c : kCases) BOOST_TEST_CONTEXT(c) check_against_composed(c, device);
}

BOOST_AUTO_TEST_CASE(any_number_of_threads_equals_composed) {
  for (const int threads : {1, 2, 3}) {
    set_cpu_threads(threads);
    for (const Case& c : kCases)
      BOOST_TEST_CONTEXT(c << " threads " << threads) check_against_composed(c, kCpu);
  }
  set_cpu_threads(1);
}

FAVRAS_DEVICE_TEST_CASE(gradients_equal_differences) {
  const DeviceStepState state = step_state(device);
  for (const Case& c : kCases) BOOST_TEST_CONTEXT(c) {
      BOOST_TEST(gradient_error(function_of(c, &lstm, state, device), inputs_of(c), device) < 1e-6);
    }
}

FAVRAS_DEVICE_TEST_CASE(a_nan_input_spoils_only_its_row) {
  const Case c{3, 2, 2, 3, 1, {3, 3}};
  std::vector<Tensor> inputs = inputs_of(c);
  inputs[0].data<double>()[0] = NAN;  // t 0, b 0
  std::vector<Variable> v;
  for (const Tensor& input : inputs) v.emplace_back(moved(input, device));
  const DeviceStepState state = step_state(device);
  const std::vector<double> y = function_of(c, &lstm, state, device)(v)[0].value().to_host<double>();
  for (std::int64_t t = 0; t < 3; ++t)
    for (std::int64_t h = 0; h < 3; ++h) {
      BOOST_TEST(std::isnan(y[(t * 2 + 0) * 3 + h]));
      BOOST_TEST(!std::isnan(y[(t * 2 + 1) * 3 + h]));
    }
}

FAVRAS_DEVICE_TEST_CASE(padding_is_never_read) {
  const Case c{4, 2, 3, 5, 2, {2, 3}, 0.7f};
  const DeviceStepState state = step_state(device);
  std::vector<std::vector<double>> results;
  for (const double padding : {0.0, double(NAN)}) {
    std::vector<Tensor> inputs = inputs_of(c);
    for (std::int64_t t = 0; t < 4; ++t)
      for (std::int64_t b = 0; b < 2; ++b)
        if (t >= c.lengths[b]) std::fill_n(inputs[0].data<double>() + (t * 2 + b) * 3, 3, padding);
    std::vector<Variable> v;
    for (const Tensor& input : inputs) v.emplace_back(moved(input, device), true);
    backward(weighted_sum(function_of(c, &lstm, state, device)(v), 3));
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
