// Whole training steps of the seq2seq model against PyTorch's values (tests/fixtures/README.md,
// training_step): loss, every gradient, Adam with both clips, on every device.
#include <boost/test/unit_test.hpp>

#include "apps/seq2seq/model/model.h"
#include "engine/adam.h"
#include "tests/support/devices.h"
#include "tests/support/fixtures.h"

using namespace favras;
using namespace favras::seq2seq;
using favras::test::Fixture;
using favras::test::largest_error;
using favras::test::moved;

namespace {

constexpr double kTolerance = 1e-12;

ModelConfiguration configuration(const Fixture& fixture) {
  const auto size = [&](const char* name, std::size_t axis) { return fixture.tensor(name).size(axis); };
  return {.vocabulary = size("parameter.encoder.embedding.weight", 0),
          .rnn_size = size("parameter.encoder.lstm.weight_hh_l0", 1),
          .num_layers = 2,
          .encoding_embedding_size = size("parameter.encoder.embedding.weight", 1),
          .decoding_embedding_size = size("parameter.decoder.embedding.weight", 1)};
}

struct Step {
  Step(double clip, Device device)
      : model(configuration(fixture), 0, DType::kFloat64, device),
        adam(model.parameters(), {.element_clip = clip}),
        batch{.source = moved(fixture.tensor("source"), device),
              .source_lengths = moved(fixture.tensor("source_lengths"), device),
              .decoder_input = moved(fixture.tensor("decoder_input"), device),
              .targets = moved(fixture.tensor("target"), device),
              .target_lengths = moved(fixture.tensor("target_lengths"), device),
              .lines = 0},
        state(device) {
    for (const Parameter& parameter : model.parameters().parameters()) {
      Tensor value = parameter.variable.value();
      const std::vector<double> golden = fixture.tensor("parameter." + parameter.name).to_host<double>();
      value.copy_from_host(golden.data(), golden.size() * sizeof(double));
    }
  }

  Loss backward_at(std::uint64_t step) {
    state.set({.seed = std::stoull(fixture.text("seed")), .step = step, .learning_rate = 0.001f});
    model.parameters().zero_gradients();
    const Loss loss = model.loss(batch, fixture.keep(), state);
    backward(loss.mean);
    return loss;
  }
  void check_parameters(const std::string& prefix) {
    for (const Parameter& parameter : model.parameters().parameters())
      BOOST_TEST_CONTEXT(prefix << parameter.name) {
        BOOST_TEST(largest_error(parameter.variable.value(), fixture.tensor(prefix + parameter.name)) <
                   kTolerance);
      }
  }

  Fixture fixture{"training_step"};
  Model model;
  Adam adam;
  Batch batch;
  DeviceStepState state;
};

}  // namespace

FAVRAS_DEVICE_TEST_CASE(loss_and_gradients_equal_pytorch) {
  Step step(5.0, device);
  const Loss loss = step.backward_at(1);
  BOOST_TEST(largest_error(loss.mean.value(), step.fixture.tensor("loss_mean")) < kTolerance);
  BOOST_TEST(largest_error(loss.sum, step.fixture.tensor("loss_sum")) < kTolerance);
  BOOST_TEST(largest_error(loss.count, step.fixture.tensor("count")) < kTolerance);
  for (const Parameter& parameter : step.model.parameters().parameters()) BOOST_TEST_CONTEXT(parameter.name) {
      BOOST_TEST(largest_error(parameter.variable.gradient(),
                               step.fixture.tensor("gradient." + parameter.name)) < kTolerance);
    }
}

FAVRAS_DEVICE_TEST_CASE(three_steps_of_adam_equal_pytorch) {
  for (const auto& [clip, name] : {std::pair(5.0, "clip_5."), std::pair(0.01, "clip_0.01.")}) {
    Step step(clip, device);
    const std::vector<double> losses = step.fixture.tensor(std::string(name) + "losses").to_host<double>();
    for (std::uint64_t t = 1; t <= 3; ++t) {
      const Loss loss = step.backward_at(t);
      BOOST_TEST(std::abs(loss.mean.value().to_host<double>()[0] - losses[t - 1]) < kTolerance);
      step.adam.step(step.state);
      if (t != 2) step.check_parameters(std::string(name) + "step_" + std::to_string(t) + ".");
    }
  }
}
