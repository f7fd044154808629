// The fused LSTM against PyTorch's values (tests/fixtures/README.md, lstm_CASE).
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "engine/ops/lstm.h"
#include "engine/step_state.h"
#include "tests/support/devices.h"
#include "tests/support/fixtures.h"

using namespace favras;
using namespace favras::test;

namespace {

const char* const kCases[] = {"smallest",
                              "lengths",
                              "dropout",
                              "ids",
                              "wide",
                              "wide_ids_dropout",
                              "reverse",
                              "reverse_dropout",
                              "reverse_ids_dropout"};
constexpr double kTolerance = 1e-12;

// sum(x * weights), whose gradient with respect to x is weights: brings an upstream gradient in.
Variable weigh(const std::vector<Variable>& outputs, const std::vector<Tensor>& weights) {
  return record({Tensor::zeros({1}, DType::kFloat64)}, outputs, [=](std::span<const Tensor>) {
    for (std::size_t i = 0; i < outputs.size(); ++i)
      outputs[i].add_gradient(moved(weights[i], outputs[i].value().device()));
  })[0];
}

void check_case(const Fixture& fixture, Device device) {
  const auto leaf = [&](const std::string& name) {
    return Variable(moved(fixture.tensor(name), device), true);
  };
  const std::int64_t layers = fixture.number("layers");
  const bool ids = fixture.contains("ids"), initial = fixture.contains("initial_hidden");

  LstmInput input;
  if (ids) {
    input.embedding = leaf("embedding");
    input.ids = moved(fixture.tensor("ids"), device);
  } else {
    input.sequence = leaf("input");
  }
  std::vector<LstmParameters> parameters;
  for (std::int64_t l = 0; l < layers; ++l) {
    const std::string suffix = "_l" + std::to_string(l);
    parameters.push_back({leaf("weight_ih" + suffix), leaf("weight_hh" + suffix), leaf("bias" + suffix)});
  }
  const Shape state_shape = fixture.tensor("final_hidden").shape();
  const auto state_leaf = [&](const char* what) {
    return initial ? leaf(what) : Variable(Tensor::zeros(state_shape, DType::kFloat64, device), true);
  };
  const LstmStates states{state_leaf("initial_hidden"), state_leaf("initial_cell")};
  DeviceStepState step_state(device);
  step_state.set({.seed = static_cast<std::uint64_t>(std::stoull(fixture.text("seed"))),
                  .step = static_cast<std::uint64_t>(std::stoull(fixture.text("step")))});
  const LstmOptions options{.outputs = LstmOutputs::kAll,
                            .dropout = {.keep = fixture.keep(),
                                        .stream = static_cast<std::uint32_t>(fixture.number("stream")),
                                        .state = step_state.pointer()},
                            .reverse = fixture.number("reverse") == 1};
  const LstmResult result =
      lstm(input, moved(fixture.tensor("lengths"), device), parameters, states, options);

  std::vector<Variable> outputs = result.outputs;
  std::vector<Tensor> upstream;
  for (std::int64_t l = 0; l < layers; ++l) {
    const std::string suffix = "_l" + std::to_string(l);
    BOOST_TEST(largest_error(outputs[l].value(), fixture.tensor("output" + suffix)) < kTolerance);
    upstream.push_back(fixture.tensor("d_output" + suffix));
  }
  BOOST_TEST(largest_error(result.final.hidden.value(), fixture.tensor("final_hidden")) < kTolerance);
  BOOST_TEST(largest_error(result.final.cell.value(), fixture.tensor("final_cell")) < kTolerance);
  outputs.insert(outputs.end(), {result.final.hidden, result.final.cell});
  upstream.insert(upstream.end(), {fixture.tensor("d_final_hidden"), fixture.tensor("d_final_cell")});
  backward(weigh(outputs, upstream));

  const auto check = [&](const Variable& variable, const std::string& gradient) {
    BOOST_TEST_CONTEXT(gradient) {
      BOOST_TEST(largest_error(variable.gradient(), fixture.tensor(gradient)) < kTolerance);
    }
  };
  if (ids)
    check(input.embedding, "d_embedding");
  else
    check(input.sequence, "d_input");
  check(states.hidden, "d_initial_hidden");
  check(states.cell, "d_initial_cell");
  for (std::int64_t l = 0; l < layers; ++l) {
    const std::string suffix = "_l" + std::to_string(l);
    check(parameters[l].weight_ih, "d_weight_ih" + suffix);
    check(parameters[l].weight_hh, "d_weight_hh" + suffix);
    check(parameters[l].bias, "d_bias" + suffix);
  }
}

}  // namespace

BOOST_DATA_TEST_CASE(equals_pytorch, boost::unit_test::data::make(kCases), name) {
  const Fixture fixture(std::string("lstm_") + name);
  for (const Device device : devices_under_test())
    BOOST_TEST_CONTEXT("on " << to_string(device)) check_case(fixture, device);
}
