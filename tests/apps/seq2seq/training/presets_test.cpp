// Presets are values of settings that there are, and make networks that can be built.
#include "apps/seq2seq/training/presets.h"

#include <boost/test/unit_test.hpp>

#include "apps/seq2seq/command_line/usage_error.h"
#include "apps/seq2seq/training/train_options.h"
#include "tests/engine/storage/scratch.h"

namespace favras::seq2seq {

BOOST_AUTO_TEST_CASE(the_original_changes_nothing) {
  BOOST_TEST(preset("original").empty());
  for (const char* task : {"text", "sort"}) {
    const TrainOptions options = resolve(task, {}, {{"preset", "original"}});
    for (const Setting& setting : settings())
      BOOST_TEST(setting.get(options) == setting.get(default_options(task)), setting.name);
  }
}

BOOST_AUTO_TEST_CASE(the_others_are_networks_with_attention_of_growing_size) {
  std::int64_t smaller = 0;
  for (const char* name : {"tiny", "small", "base"}) {
    const TrainOptions options = resolve("text", {}, {{"preset", name}});
    for (const auto& [setting, value] : preset(name)) BOOST_TEST(setting != "preset");
    BOOST_TEST(options.preset == name);
    BOOST_TEST((model_configuration(options, 79).architecture == Architecture::kAttention));
    BOOST_TEST(options.rnn_size > smaller);
    smaller = options.rnn_size;
  }
}

BOOST_AUTO_TEST_CASE(other_settings_win_over_a_preset) {
  const TrainOptions options = resolve("text", {}, {{"preset", "tiny"}, {"rnn-size", "64"}});
  BOOST_TEST(options.rnn_size == 64);
  BOOST_TEST(options.encoding_embedding_size == 32);
}

// Even if the preset were another one today.
BOOST_AUTO_TEST_CASE(what_a_run_has_recorded_wins_when_it_goes_on) {
  const TrainOptions options =
      resolve("text", {{"preset", "tiny"}, {"rnn-size", "64"}, {"warmup-steps", "7"}}, {{"preset", "tiny"}});
  BOOST_TEST(options.rnn_size == 64);
  BOOST_TEST(options.warmup_steps == 7);
  BOOST_TEST(resolve("text", {{"preset", "tiny"}}, {}).rnn_size == 128);
}

BOOST_AUTO_TEST_CASE(a_name_that_is_none_is_refused) {
  BOOST_TEST(test::error_of([] { preset("huge"); }) ==
             "'huge' will not do: expected one of original, tiny, small, base");
}

}  // namespace favras::seq2seq
