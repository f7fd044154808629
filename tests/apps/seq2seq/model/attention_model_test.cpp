// The network of each architecture: its loss is that of writing step by step, and its gradients are those of
// differences.
#include <cmath>

#include <boost/test/unit_test.hpp>

#include "apps/seq2seq/model/model.h"
#include "tests/apps/seq2seq/lively_model.h"
#include "tests/engine/engine_test_support.h"
#include "tests/support/devices.h"
#include "tests/support/numbers.h"

using namespace favras;
using namespace favras::seq2seq;
using namespace favras::test;

BOOST_TEST_GLOBAL_FIXTURE(OneThread);

namespace {

constexpr Architecture kArchitectures[] = {Architecture::kOriginal, Architecture::kAttention};

ModelConfiguration tiny(Architecture architecture) {
  return {.architecture = architecture,
          .vocabulary = kLivelyVocabulary,
          .rnn_size = 6,
          .num_layers = 2,
          .encoding_embedding_size = 5,
          .decoding_embedding_size = 4};
}

// Lines of different lengths, an empty one among them, and a row that fills up the batch.
struct Lines {
  std::vector<Ids> sources{{5, 6, 7, 8, 9}, {}, {10, 11, 4}, {12}},
      targets{{5, 7, 8}, {6}, {}, {12, 13, 14, 15}};
  Batch batch(Device device) const { return make_batch(sources, targets, 5, device); }
};

double negative_log_likelihood(const std::vector<double>& logits, std::int32_t id) {
  double sum = 0.0;
  for (const double logit : logits) sum += std::exp(logit);
  return std::log(sum) - logits[static_cast<std::size_t>(id)];
}

// Of all lines, each written by itself.
double loss_of_writing(const Model& model, const Lines& lines) {
  const NoGradient no_gradient;
  const Device device = model.device();
  const DeviceStepState state(device);
  const PreparedDecoder prepared = model.prepare_decoder();
  double sum = 0.0;
  for (std::size_t i = 0; i < lines.sources.size(); ++i) {
    Ids source = lines.sources[i];
    const Tensor length = Tensor::from(Ids{static_cast<std::int32_t>(source.size())}, {1}, device);
    source.push_back(kPad);
    const auto steps = static_cast<std::int64_t>(source.size());
    Encoded encoded = model.encode(Tensor::from(source, {steps, 1}, device), length, 1.0f, state);
    Ids target = lines.targets[i];
    target.push_back(kEos);
    std::int32_t last = kGo;
    for (const std::int32_t id : target) {
      const Tensor logits = model.decode_step(Tensor::from(Ids{last}, {1, 1}, device),
                                              Tensor::from(Ids{1}, {1}, device), prepared, encoded);
      sum += negative_log_likelihood(logits.to_host<double>(), id);
      last = id;
    }
  }
  return sum;
}

}  // namespace

FAVRAS_DEVICE_TEST_CASE(the_loss_is_that_of_writing_step_by_step) {
  for (const Architecture architecture : kArchitectures) BOOST_TEST_CONTEXT(name_of(architecture)) {
      const Model model(tiny(architecture), 1, DType::kFloat64, device);
      const Lines lines;
      const Loss loss = model.loss(lines.batch(device), 1.0f, DeviceStepState(device));
      BOOST_TEST(loss.count.to_host<double>()[0] == 12.0);
      BOOST_TEST(loss.sum.to_host<double>()[0] == loss_of_writing(model, lines),
                 boost::test_tools::tolerance(1e-12));
    }
}

// With dropout, whose masks are the same every time.
FAVRAS_DEVICE_TEST_CASE(every_parameters_gradient_is_that_of_differences) {
  Model model(tiny(Architecture::kAttention), 1, DType::kFloat64, device);
  const Batch batch = Lines().batch(device);
  DeviceStepState state(device);
  state.set({.seed = 7, .step = 3});
  const auto loss = [&] { return model.loss(batch, 0.8f, state).mean; };
  model.parameters().zero_gradients();
  backward(loss());
  for (const Parameter& parameter : model.parameters().parameters()) BOOST_TEST_CONTEXT(parameter.name) {
      const std::vector<double> gradient = parameter.variable.gradient().to_host<double>();
      double largest = 0.0;
      for (const double value : gradient) largest = std::max(largest, std::abs(value));
      BOOST_TEST(largest > 0.0);
      Tensor value = parameter.value;
      const std::vector<double> before = value.to_host<double>();
      const std::size_t stride =
          device.kind == DeviceKind::kCpu ? 1 + before.size() / 40 : 1 + before.size() / 3;
      for (std::size_t i = 0; i < before.size(); i += stride) {
        const auto at = [&](double step) {
          std::vector<double> moved_value = before;
          moved_value[i] += step;
          value.copy_from_host(moved_value.data(), value.bytes());
          return loss().value().to_host<double>()[0];
        };
        constexpr double kStep = 1e-5;
        const double difference = (at(kStep) - at(-kStep)) / (2 * kStep);
        BOOST_TEST(std::abs(difference - gradient[i]) < 1e-8 + 1e-6 * largest, parameter.name << " " << i);
      }
      value.copy_from_host(before.data(), value.bytes());
    }
}

BOOST_AUTO_TEST_CASE(what_cannot_be_is_refused) {
  BOOST_TEST(message_of<std::invalid_argument>([] { parse_architecture("transformer"); }) ==
             "unknown architecture 'transformer': use original or attention");
  ModelConfiguration odd = tiny(Architecture::kAttention);
  odd.rnn_size = 7;
  BOOST_TEST(message_of<std::invalid_argument>([&] { Model(odd, 1); }) ==
             "a bidirectional LSTM has an even hidden size, not 7");
  for (const Architecture architecture : kArchitectures)
    BOOST_TEST((parse_architecture(name_of(architecture)) == architecture));
}
