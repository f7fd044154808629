// Greedy decoding: where it stops, that rows of a batch know nothing of each other, and its probabilities.
#include "apps/seq2seq/decoding/decode.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "tests/apps/seq2seq/lively_model.h"
#include "tests/engine/engine_test_support.h"

namespace favras::seq2seq {

using test::OneThread;
BOOST_TEST_GLOBAL_FIXTURE(OneThread);

namespace {

Model make_model(std::int64_t layers = 2) { return Model(small_configuration(layers), 3); }

// Writes `id` for ever.
void make_monotonous(Model& model, std::int32_t id) {
  set_parameter(model, "output.weight", [](std::size_t, float) { return 0.0f; });
  set_parameter(model, "output.bias",
                [&](std::size_t i, float) { return static_cast<std::int32_t>(i) == id ? 1.0f : 0.0f; });
}

Ids decode_alone(const Model& model, const Ids& line) {
  return greedy_decode(model, std::vector<Ids>{line}).at(0).ids;
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_limit_depends_on_the_input_alone) {
  BOOST_TEST(decode_limit(0) == 10);
  BOOST_TEST(decode_limit(1) == 12);  // half characters up
  BOOST_TEST(decode_limit(2) == 13);
  BOOST_TEST(decode_limit(60) == 100);
}

BOOST_AUTO_TEST_CASE(a_line_that_never_ends_is_cut_at_its_own_limit) {
  Model model = make_model();
  const std::vector<Ids> lines{Ids(3, 7), {}, Ids(60, 7), Ids(8, 9)};
  for (const std::int32_t id : {5, kUnk}) {
    make_monotonous(model, id);
    const std::vector<Ids> outputs = ids_of(greedy_decode(model, lines));
    BOOST_REQUIRE(outputs.size() == lines.size());
    for (std::size_t i = 0; i < lines.size(); ++i)
      BOOST_TEST(
          outputs[i] ==
              Ids(static_cast<std::size_t>(decode_limit(static_cast<std::int64_t>(lines[i].size()))), id),
          boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(end_of_line_ends_a_line_and_is_no_part_of_it) {
  Model model = make_model();
  for (const std::int32_t id : {kEos, kPad, kGo}) {
    make_monotonous(model, id);
    for (const Decoded& output : greedy_decode(model, std::vector<Ids>{{4, 5}, {}, {6}}))
      BOOST_TEST(output.ids.empty());
  }
}

BOOST_AUTO_TEST_CASE(no_lines_give_no_lines) {
  BOOST_TEST(greedy_decode(make_model(), std::vector<Ids>{}).empty());
}

BOOST_AUTO_TEST_CASE(a_batch_decodes_as_its_lines_do_one_by_one) {
  for (const std::int64_t layers : {1, 2, 3}) {
    Model model = make_model(layers);
    make_lively(model);
    const std::vector<Ids> lines = some_lines(70);
    const std::vector<Ids> outputs = ids_of(greedy_decode(model, lines));
    std::set<std::size_t> sizes;
    std::set<Ids> distinct;
    for (std::size_t i = 0; i < lines.size(); ++i) {
      BOOST_TEST_INFO_SCOPE(layers << " layers, line " << i);
      BOOST_TEST(outputs[i] == decode_alone(model, lines[i]), boost::test_tools::per_element());
      BOOST_TEST(std::none_of(outputs[i].begin(), outputs[i].end(),
                              [](std::int32_t id) { return id < kSpecialTokens; }));
      sizes.insert(outputs[i].size());
      distinct.insert(outputs[i]);
    }
    BOOST_TEST(sizes.size() > 10u);     // or else rows would not end at different times,
    BOOST_TEST(distinct.size() > 40u);  // nor show whose input they had
  }
}

// As training sees it: -log P(id | source, the first `t` characters of `line`).
double loss_at(const Model& model, const Ids& source, const Ids& line, std::size_t t, std::int32_t id) {
  const NoGradient no_gradient;
  Batch batch = make_batch(std::vector<Ids>{source}, std::vector<Ids>{line}, 1);
  Ids targets(static_cast<std::size_t>(batch.targets.elements()), kPad);  // which has no loss
  targets[t] = id;
  batch.targets = Tensor::from(targets, batch.targets.shape());
  return model.loss(batch, 1.0f, DeviceStepState()).sum.to_host<float>()[0];
}

BOOST_AUTO_TEST_CASE(each_character_is_the_most_probable_one_by_the_loss_of_training) {
  Model model = make_model();
  make_lively(model);
  std::size_t characters = 0, ends = 0;
  for (const Ids& source : some_lines(8)) {
    const Ids output = decode_alone(model, source);
    const bool ended =
        static_cast<std::int64_t>(output.size()) < decode_limit(static_cast<std::int64_t>(source.size()));
    for (std::size_t t = 0; t < output.size() + (ended ? 1 : 0); ++t) {
      const double chosen = loss_at(model, source, output, t, t < output.size() ? output[t] : kEos);
      for (std::int32_t id = kEos; id < kLivelyVocabulary; ++id)
        BOOST_TEST(chosen <= loss_at(model, source, output, t, id) + 1e-4);
    }
    characters += output.size();
    ends += ended;
  }
  BOOST_TEST(characters > 20u);
  BOOST_TEST(ends > 0u);
}

BOOST_AUTO_TEST_CASE(probabilities_are_those_of_the_loss_of_training) {
  Model model = make_model();
  make_lively(model);
  const std::vector<Ids> sources = some_lines(12);
  const std::vector<Decoded> outputs = greedy_decode(model, sources, true);
  BOOST_TEST((ids_of(outputs) == ids_of(greedy_decode(model, sources))));
  std::size_t ends = 0;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const auto& [ids, log_probabilities, alternatives] = outputs[i];
    BOOST_TEST(alternatives.empty());
    const auto limit = static_cast<std::size_t>(decode_limit(static_cast<std::int64_t>(sources[i].size())));
    BOOST_REQUIRE(log_probabilities.size() == ids.size() + (ids.size() < limit ? 1 : 0));
    for (std::size_t t = 0; t < log_probabilities.size(); ++t)
      BOOST_TEST(std::abs(log_probabilities[t] +
                          loss_at(model, sources[i], ids, t, t < ids.size() ? ids[t] : kEos)) < 1e-4);
    ends += ids.size() < limit;
  }
  BOOST_TEST(ends > 0u);
  BOOST_TEST(ends < sources.size());
  for (const Decoded& output : greedy_decode(model, sources)) BOOST_TEST(output.log_probabilities.empty());
}

// In batches by length, whatever the order of the lines.
BOOST_AUTO_TEST_CASE(any_number_of_lines_keep_their_order) {
  Model model = make_model();
  make_lively(model);
  const std::vector<Ids> lines = some_lines(300);
  for (const int beam : {1, 3}) {
    const std::vector<Ids> outputs = ids_of(decode(model, lines, {.beam = beam}));
    BOOST_REQUIRE(outputs.size() == lines.size());
    for (std::size_t i = 0; i < lines.size(); i += 7) {
      BOOST_TEST_INFO_SCOPE("beam " << beam << ", line " << i);
      BOOST_TEST(outputs[i] == ids_of(decode(model, std::vector<Ids>{lines[i]}, {.beam = beam}))[0],
                 boost::test_tools::per_element());
    }
  }
  for (const Decoded& output : decode(model, lines, {.probabilities = true}))
    BOOST_TEST(!output.log_probabilities.empty());
  BOOST_TEST(decode(model, lines, {.beam = 3, .alternatives = true})[7].alternatives.size() == 2u);
  BOOST_TEST(decode(model, std::vector<Ids>{}).empty());
}

}  // namespace favras::seq2seq
