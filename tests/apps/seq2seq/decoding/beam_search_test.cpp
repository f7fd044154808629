// Beam search with a model, on every device: against a search that keeps no states and sorts everything.
#include "apps/seq2seq/decoding/beam_search.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "apps/seq2seq/decoding/beam.h"
#include "tests/apps/seq2seq/lively_model.h"
#include "tests/engine/engine_test_support.h"
#include "tests/support/devices.h"

using namespace favras;
using namespace favras::seq2seq;
using namespace favras::test;

BOOST_TEST_GLOBAL_FIXTURE(OneThread);

namespace {

// The emulated device takes its time.
std::vector<Ids> lines_for(Device device, std::size_t count) {
  return some_lines(device.kind == DeviceKind::kCpu ? count : std::min<std::size_t>(count, 3));
}

std::unique_ptr<Model> make_model(std::int64_t layers, Device device,
                                  Architecture architecture = Architecture::kOriginal) {
  auto model = std::make_unique<Model>(small_configuration(layers, architecture), 3, DType::kFloat32, device);
  make_lively(*model);
  return model;
}

// log p(id | source, beginning) of every id, by a decoder that starts afresh.
std::vector<double> log_probabilities_after(const Model& model, const Ids& source, const Ids& beginning) {
  const NoGradient no_gradient;
  const Device device = model.device();
  Ids ids = source;
  ids.push_back(kPad);  // there is one at least
  const Tensor read = Tensor::from(ids, {static_cast<std::int64_t>(ids.size()), 1}, device),
               length = Tensor::from(Ids{static_cast<std::int32_t>(source.size())}, {1}, device);
  Encoded states = model.encode(read, length, 1.0f, DeviceStepState(device));
  const PreparedDecoder prepared = model.prepare_decoder();
  const Tensor alive = Tensor::from(Ids{1}, {1}, device);
  Ids inputs{kGo};
  inputs.insert(inputs.end(), beginning.begin(), beginning.end());
  std::vector<float> logits;
  for (const std::int32_t id : inputs)
    logits =
        model.decode_step(Tensor::from(Ids{id}, {1, 1}, device), alive, prepared, states).to_host<float>();
  double sum = 0.0;
  for (const float logit : logits) sum += std::exp(static_cast<double>(logit));
  std::vector<double> logs;
  for (const float logit : logits) logs.push_back(logit - std::log(sum));
  return logs;
}

// All outputs, the best first.
std::vector<Decoded> search_plainly(const Model& model, const Ids& source, std::size_t width) {
  struct Hypothesis {
    Decoded output;
    double total = 0.0;
    bool ended = false;
  };
  const auto limit = static_cast<std::size_t>(decode_limit(static_cast<std::int64_t>(source.size())));
  std::vector<Hypothesis> living(1), ended;
  while (!living.empty()) {
    std::vector<Hypothesis> all;
    for (const Hypothesis& beginning : living) {
      const auto logs = log_probabilities_after(model, source, beginning.output.ids);
      for (std::int32_t id = 0; id < static_cast<std::int32_t>(logs.size()); ++id) {
        Hypothesis& next = all.emplace_back(beginning);
        next.total += logs[id];
        next.output.log_probabilities.push_back(static_cast<float>(logs[id]));
        if (!ends_line(id)) next.output.ids.push_back(id);
        next.ended = ends_line(id) || next.output.ids.size() == limit;
      }
    }
    std::stable_sort(all.begin(), all.end(),
                     [](const Hypothesis& a, const Hypothesis& b) { return a.total > b.total; });
    all.resize(std::min(all.size(), width - ended.size()));
    living.clear();
    for (Hypothesis& next : all) (next.ended ? ended : living).push_back(std::move(next));
  }
  const auto mean = [](const Hypothesis& h) {
    return h.total / static_cast<double>(h.output.log_probabilities.size());
  };
  std::stable_sort(ended.begin(), ended.end(),
                   [&](const auto& a, const auto& b) { return mean(a) > mean(b); });
  std::vector<Decoded> outputs;
  for (Hypothesis& hypothesis : ended) outputs.push_back(std::move(hypothesis.output));
  return outputs;
}

void check_same(const Decoded& output, const Decoded& expected) {
  BOOST_TEST(output.ids == expected.ids, boost::test_tools::per_element());
  BOOST_REQUIRE(output.log_probabilities.size() == expected.log_probabilities.size());
  for (std::size_t t = 0; t < expected.log_probabilities.size(); ++t)
    BOOST_TEST(std::abs(output.log_probabilities[t] - expected.log_probabilities[t]) < 1e-4);
}

}  // namespace

static void check_against_a_plain_search(Device device, Architecture architecture) {
  const auto model = make_model(2, device, architecture);
  const std::vector<Ids> sources = lines_for(device, 10);
  for (const int width : {2, 5}) {
    if (device.kind == DeviceKind::kCuda && width == 2) continue;
    const std::vector<Decoded> outputs = beam_search(*model, sources, width),
                               with_others = beam_search(*model, sources, width, true);
    BOOST_REQUIRE(outputs.size() == sources.size());
    for (std::size_t i = 0; i < sources.size(); ++i) {
      BOOST_TEST_INFO_SCOPE("width " << width << ", line " << i);
      const std::vector<Decoded> expected =
          search_plainly(*model, sources[i], static_cast<std::size_t>(width));
      check_same(outputs[i], expected.front());
      check_same(with_others[i], expected.front());
      BOOST_TEST(outputs[i].alternatives.empty());
      BOOST_REQUIRE(with_others[i].alternatives.size() == expected.size() - 1);
      for (std::size_t j = 1; j < expected.size(); ++j)
        check_same(with_others[i].alternatives[j - 1], expected[j]);
    }
  }
}

FAVRAS_DEVICE_TEST_CASE(finds_what_a_plain_search_finds) {
  check_against_a_plain_search(device, Architecture::kOriginal);
}
FAVRAS_DEVICE_TEST_CASE(with_attention_too) {
  check_against_a_plain_search(device, Architecture::kAttention);
}

FAVRAS_DEVICE_TEST_CASE(a_beam_of_one_is_greedy_bit_for_bit) {
  for (const std::int64_t layers : {1, 3}) {
    const auto model = make_model(layers, device);
    const std::vector<Ids> sources = lines_for(device, 40);
    const std::vector<Decoded> greedy = greedy_decode(*model, sources, true),
                               beam = beam_search(*model, sources, 1);
    for (std::size_t i = 0; i < sources.size(); ++i) {
      BOOST_TEST(beam[i].ids == greedy[i].ids, boost::test_tools::per_element());
      BOOST_TEST(beam[i].log_probabilities == greedy[i].log_probabilities, boost::test_tools::per_element());
    }
  }
}

BOOST_AUTO_TEST_CASE(a_wider_beam_finds_better_outputs) {
  const auto model = make_model(2, kCpu);
  const std::vector<Ids> sources = some_lines(40);
  double before = -INFINITY;
  for (const int width : {1, 4, 16}) {
    double sum = 0.0;
    for (const Decoded& output : beam_search(*model, sources, width)) sum += mean_log_probability(output);
    BOOST_TEST(sum > before);  // on the whole
    before = sum;
  }
}

BOOST_AUTO_TEST_CASE(a_beam_may_be_wider_than_the_vocabulary) {
  const auto model = make_model(1, kCpu);
  const std::vector<Ids> sources{Ids{}, Ids{7}};
  static_assert(kWidestBeam > kLivelyVocabulary);
  for (std::size_t i = 0; i < sources.size(); ++i)
    BOOST_TEST(beam_search(*model, sources, kWidestBeam)[i].ids ==
                   search_plainly(*model, sources[i], kWidestBeam).front().ids,
               boost::test_tools::per_element());
  BOOST_TEST(beam_search(*model, std::vector<Ids>{}, 4).empty());
}
