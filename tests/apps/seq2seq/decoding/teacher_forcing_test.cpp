// Outputs that are given: their probabilities are those of decoding and of training, on every device, and the
// weights are where attention looked.
#include "apps/seq2seq/decoding/teacher_forcing.h"

#include <cmath>
#include <numeric>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "apps/seq2seq/decoding/decode.h"
#include "tests/apps/seq2seq/lively_model.h"
#include "tests/engine/engine_test_support.h"
#include "tests/support/devices.h"

using namespace favras;
using namespace favras::seq2seq;
using namespace favras::test;

BOOST_TEST_GLOBAL_FIXTURE(OneThread);

namespace {

std::unique_ptr<Model> make_model(Device device, Architecture architecture) {
  auto model = std::make_unique<Model>(small_configuration(2, architecture), 3, DType::kFloat32, device);
  make_lively(*model);
  return model;
}

// The emulated device takes its time.
std::vector<Ids> lines_for(Device device) { return some_lines(device.kind == DeviceKind::kCpu ? 20 : 3); }

constexpr Architecture kArchitectures[] = {Architecture::kOriginal, Architecture::kAttention};

}  // namespace

FAVRAS_DEVICE_TEST_CASE(what_was_decoded_is_as_probable_as_then) {
  for (const Architecture architecture : kArchitectures) {
    const auto model = make_model(device, architecture);
    const std::vector<Ids> sources = lines_for(device);
    const std::vector<Decoded> decoded = greedy_decode(*model, sources, true);
    const std::vector<Forced> forced = force(*model, sources, ids_of(decoded), true);
    BOOST_REQUIRE(forced.size() == sources.size());
    for (std::size_t i = 0; i < sources.size(); ++i) {
      BOOST_TEST_INFO_SCOPE(name_of(architecture) << ", line " << i);
      BOOST_REQUIRE(forced[i].log_probabilities.size() == decoded[i].ids.size() + 1);  // always with an end
      for (std::size_t t = 0; t < decoded[i].log_probabilities.size(); ++t)
        BOOST_TEST(std::abs(forced[i].log_probabilities[t] - decoded[i].log_probabilities[t]) < 1e-4);
    }
  }
}

FAVRAS_DEVICE_TEST_CASE(weights_are_of_every_character_that_was_read) {
  const auto model = make_model(device, Architecture::kAttention);
  const std::vector<Ids> sources = lines_for(device), outputs = ids_of(greedy_decode(*model, sources));
  const std::vector<Forced> forced = force(*model, sources, outputs, true);
  double sharpest = 0.0;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    BOOST_REQUIRE(forced[i].weights.size() == outputs[i].size() + 1);
    const Forced alone =
        force(*model, std::vector<Ids>{sources[i]}, std::vector<Ids>{outputs[i]}, true).front();
    for (std::size_t t = 0; t < forced[i].weights.size(); ++t) {
      const std::vector<float>& weights = forced[i].weights[t];
      BOOST_REQUIRE(weights.size() == sources[i].size());
      const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
      BOOST_TEST(std::abs(sum - (sources[i].empty() ? 0.0 : 1.0)) < 1e-5);
      for (std::size_t s = 0; s < weights.size(); ++s) {
        BOOST_TEST(std::abs(weights[s] - alone.weights[t][s]) < 1e-5);
        if (weights.size() > 4) sharpest = std::max<double>(sharpest, weights[s] * weights.size());
      }
    }
  }
  BOOST_TEST(sharpest > 1.01);  // or else the comparison would show little
  for (const Forced& line : force(*model, sources, outputs)) BOOST_TEST(line.weights.empty());
}

BOOST_AUTO_TEST_CASE(outputs_that_it_would_not_write_are_as_probable_as_in_training) {
  for (const Architecture architecture : kArchitectures) {
    const auto model = make_model(kCpu, architecture);
    const std::vector<Ids> sources = some_lines(6);
    std::vector<Ids> outputs(sources.rbegin(), sources.rend());
    const std::vector<Forced> forced = force(*model, sources, outputs, true);
    for (std::size_t i = 0; i < sources.size(); ++i) {
      const NoGradient no_gradient;
      const Batch batch = make_batch(std::vector<Ids>{sources[i]}, std::vector<Ids>{outputs[i]}, 1);
      const double loss = model->loss(batch, 1.0f, DeviceStepState()).sum.to_host<float>()[0];
      const auto& all = forced[i].log_probabilities;
      BOOST_TEST(std::abs(std::accumulate(all.begin(), all.end(), 0.0) + loss) < 1e-3 * (1.0 + loss));
      BOOST_TEST(forced[i].weights.empty() == (architecture == Architecture::kOriginal));
    }
  }
  BOOST_TEST(force(*make_model(kCpu, Architecture::kOriginal), {}, {}).empty());
}
