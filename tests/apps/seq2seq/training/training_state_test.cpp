// Where a run stands comes back from a checkpoint to the last bit, or not at all.
#include "apps/seq2seq/training/training_state.h"

#include <bit>
#include <limits>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

#include "tests/engine/storage/scratch.h"

namespace favras::seq2seq {

namespace {

using test::contains;
using test::error_of;
using test::read_all;
using test::ScratchDirectory;
using test::write_all;

TrainingState example() {
  return {.step = std::numeric_limits<std::uint64_t>::max(),
          .epoch = 3,
          .batch = 77,
          .lines_seen = 12'461'952,
          .seconds_trained = 75768.1,
          .cpu_seconds = 151536.2,
          .loss_sum = 1234.000000000000227,
          .loss_count = 5678.0,
          .cells = {.filled = 1, .needed = std::int64_t{1} << 53, .laid_out = (std::int64_t{1} << 53) + 1},
          .validation_loss = 0.1 + 0.7,
          .validation_step = 65'100,
          .accuracy = 0.1 + 0.6,
          .accuracy_step = 65'099,
          .best_validation_loss = 0.1 + 0.2,
          .best_accuracy = 0.1 + 0.5,
          .best_step = 65'000,
          .epochs_since_best = 2,
          .rollbacks = 1,
          .log_bytes = 4097,
          .events_bytes = 1'000'000,
          .finished = true,
          .data_fingerprint = "5f3a",
          .settings = {{"data", "a \"b\"\\\u00e9"}, {"seed", "18446744073709551615"}, {"run", ""}}};
}

bool same(const TrainingState& a, const TrainingState& b) {
  const auto bits = [](double value) { return std::bit_cast<std::uint64_t>(value); };
  return a.step == b.step && a.epoch == b.epoch && a.batch == b.batch && a.lines_seen == b.lines_seen &&
         bits(a.seconds_trained) == bits(b.seconds_trained) && bits(a.loss_sum) == bits(b.loss_sum) &&
         bits(a.cpu_seconds) == bits(b.cpu_seconds) && bits(a.accuracy) == bits(b.accuracy) &&
         a.accuracy_step == b.accuracy_step && bits(a.best_accuracy) == bits(b.best_accuracy) &&
         bits(a.loss_count) == bits(b.loss_count) && a.cells == b.cells &&
         bits(a.validation_loss) == bits(b.validation_loss) && a.validation_step == b.validation_step &&
         bits(a.best_validation_loss) == bits(b.best_validation_loss) && a.best_step == b.best_step &&
         a.epochs_since_best == b.epochs_since_best && a.rollbacks == b.rollbacks &&
         a.log_bytes == b.log_bytes && a.events_bytes == b.events_bytes && a.finished == b.finished &&
         a.data_fingerprint == b.data_fingerprint && a.settings == b.settings;
}

struct Place : ScratchDirectory {
  std::filesystem::path file = *this / "state.json";
};

Model make_model(std::uint64_t seed, std::int64_t rnn_size = 9) {
  return Model({.vocabulary = 11,
                .rnn_size = rnn_size,
                .num_layers = 2,
                .encoding_embedding_size = 5,
                .decoding_embedding_size = 3},
               seed);
}

void fill(Tensor& tensor, float first) {
  std::vector<float> values(static_cast<std::size_t>(tensor.elements()));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = first + static_cast<float>(i);
  tensor.copy_from_host(values.data(), tensor.bytes());
}

void save(const std::filesystem::path& path, const Model& model, Adam& adam) {
  save_optimizer(path, model.parameters(), adam.first_moment().to_host<float>(),
                 adam.second_moment().to_host<float>());
}

// The elements that belong to parameters; between them the arena has gaps.
std::vector<float> values_in_use(const Model& model, const Tensor& moment) {
  std::vector<float> values;
  for (const Parameter& parameter : model.parameters().parameters()) {
    const Tensor& value = parameter.variable.value();
    const auto first = value.data<float>() - model.parameters().values().data<float>();
    const std::vector<float> part = moment.view(first, value.shape()).to_host<float>();
    values.insert(values.end(), part.begin(), part.end());
  }
  return values;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(state, Place)

BOOST_AUTO_TEST_CASE(a_state_comes_back) {
  write_state(file, example());
  BOOST_TEST(same(read_state(file), example()));
}

BOOST_AUTO_TEST_CASE(a_new_state_comes_back) {  // its best loss is infinite, which JSON cannot say
  write_state(file, TrainingState{});
  BOOST_TEST(same(read_state(file), TrainingState{}));
}

BOOST_AUTO_TEST_CASE(numbers_come_back_to_the_last_bit) {
  BOOST_TEST(rc::check("numbers", [this] {
    TrainingState state;
    const auto any_number = [] {  // 0 .. 2^43, all bits in use
      return std::ldexp(static_cast<double>(*rc::gen::inRange<std::uint64_t>(0, std::uint64_t{1} << 53)),
                        -*rc::gen::inRange(10, 80));
    };
    state.seconds_trained = any_number();
    state.loss_sum = any_number();
    state.loss_count = any_number();
    state.best_validation_loss = any_number();
    state.step = *rc::gen::arbitrary<std::uint64_t>();
    write_state(file, state);
    RC_ASSERT(same(read_state(file), state));
  }));
}

BOOST_AUTO_TEST_CASE(what_is_no_state_is_named) {
  const std::string name = file.string();
  BOOST_TEST(error_of([&] { read_state(file); }) == "cannot read " + name);
  for (const char* text : {"", "{", "[]", "{}", "null", "{\"format_version\": \"one\"}"}) {
    write_all(file, text);
    BOOST_TEST(error_of([&] { read_state(file); }).starts_with(name + ": not a training state: "), text);
  }
}

BOOST_AUTO_TEST_CASE(a_missing_or_wrong_key_is_named) {
  for (const char* key : {"format_version",
                          "step",
                          "epoch",
                          "batch",
                          "lines_seen",
                          "seconds_trained",
                          "cpu_seconds",
                          "loss_sum",
                          "loss_count",
                          "cells",
                          "validation_loss",
                          "validation_step",
                          "accuracy",
                          "accuracy_step",
                          "best_validation_loss",
                          "best_accuracy",
                          "best_step",
                          "epochs_since_best",
                          "rollbacks",
                          "log_bytes",
                          "events_bytes",
                          "finished",
                          "data_fingerprint",
                          "settings"}) {
    write_state(file, example());
    std::string text = read_all(file);
    const std::size_t at = text.find('"' + std::string(key) + '"');
    BOOST_REQUIRE(at != text.npos);
    const std::string without = text.substr(0, at + 1) + "x" + text.substr(at + 1);
    write_all(file, without);
    BOOST_TEST(contains(error_of([&] { read_state(file); }), key), key);
    const std::size_t value = text.find(':', at) + 1;
    write_all(file, text.substr(0, value) + "[]," + text.substr(text.find(",\"", value) + 1));
    if (std::string(key) != "settings") BOOST_TEST(contains(error_of([&] { read_state(file); }), key), key);
  }
}

BOOST_AUTO_TEST_CASE(the_older_format_lacks_what_came_later) {
  write_state(file, example());
  std::string text = read_all(file);
  text.replace(text.find("\"format_version\":3"), 18, "\"format_version\":1");
  for (const std::string key : {"cpu_seconds", "validation_loss", "validation_step", "accuracy",
                                "accuracy_step", "best_accuracy", "epochs_since_best", "rollbacks"})
    text.replace(text.find('"' + key + '"'), 2, "\"_");
  write_all(file, text);
  TrainingState older = example();
  const TrainingState none;
  older.cpu_seconds = older.accuracy = older.best_accuracy = 0.0;
  older.accuracy_step = 0;
  older.validation_loss = none.validation_loss;
  older.validation_step = older.epochs_since_best = older.rollbacks = 0;
  BOOST_TEST(same(read_state(file), older));
}

BOOST_AUTO_TEST_CASE(sums_that_are_no_numbers_are_refused) {
  for (const std::string key : {"seconds_trained", "cpu_seconds", "loss_sum", "loss_count", "accuracy",
                                "best_validation_loss", "best_accuracy"}) {
    write_state(file, example());
    std::string text = read_all(file);
    const std::size_t at = text.find('"' + key + "\":\"") + key.size() + 4;
    text.replace(at, text.find('"', at) - at, "nan");
    write_all(file, text);
    BOOST_TEST(contains(error_of([&] { read_state(file); }), "'" + key + "' is no number: 'nan'"));
  }
}

BOOST_AUTO_TEST_CASE(a_newer_format_is_refused) {
  write_state(file, example());
  std::string text = read_all(file);
  text.replace(text.find("\"format_version\":3"), 18, "\"format_version\":4");
  write_all(file, text);
  BOOST_TEST(contains(error_of([&] { read_state(file); }), "format version 4 is newer than this program"));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(optimizer, Place)

BOOST_AUTO_TEST_CASE(both_moments_come_back) {
  Model model = make_model(1);
  Adam adam(model.parameters(), {});
  fill(adam.first_moment(), 0.5f);
  fill(adam.second_moment(), -7.25f);
  save(file, model, adam);

  Model other = make_model(2);
  Adam restored(other.parameters(), {});
  load_optimizer(file, other, restored);
  BOOST_TEST(values_in_use(other, restored.first_moment()) == values_in_use(model, adam.first_moment()),
             boost::test_tools::per_element());
  BOOST_TEST(values_in_use(other, restored.second_moment()) == values_in_use(model, adam.second_moment()),
             boost::test_tools::per_element());

  save(*this / "again", other, restored);
  BOOST_TEST((read_all(*this / "again") == read_all(file)));
}

BOOST_AUTO_TEST_CASE(weights_that_an_average_is_of_come_back) {
  Model model = make_model(1);
  Adam adam(model.parameters(), {});
  const std::vector<float> trained(static_cast<std::size_t>(model.parameters().size()), 0.75f);
  save_optimizer(file, model.parameters(), adam.first_moment().to_host<float>(),
                 adam.second_moment().to_host<float>(), trained);
  load_optimizer(file, model, adam);
  for (const Parameter& parameter : model.parameters().parameters())
    for (const float value : parameter.value.to_host<float>()) BOOST_TEST(value == 0.75f);
}

BOOST_AUTO_TEST_CASE(another_models_moments_are_refused) {
  Model model = make_model(1), larger = make_model(1, 10);
  Adam adam(model.parameters(), {}), larger_adam(larger.parameters(), {});
  save(file, model, adam);
  BOOST_TEST(error_of([&] { load_optimizer(file, larger, larger_adam); }) ==
             file.string() + ": first_moment.encoder.lstm.weight_ih_l0 does not fit this model");
  BOOST_TEST(contains(error_of([&] { load_optimizer(*this / "none", model, adam); }), "none"));
  write_all(file, "no tensors");
  BOOST_TEST(contains(error_of([&] { load_optimizer(file, model, adam); }), file.string()));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace favras::seq2seq
