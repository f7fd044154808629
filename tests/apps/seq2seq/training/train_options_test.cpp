// The table of settings: texts, bounds, defaults, and the way through config.ini and back.
#include "apps/seq2seq/training/train_options.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>
#include <rapidcheck.h>

#include "apps/seq2seq/command_line/config_file.h"
#include "apps/seq2seq/command_line/usage_error.h"
#include "tests/engine/storage/scratch.h"

namespace favras::seq2seq {

namespace {

using test::ScratchDirectory;

// None is its setting's default.
const Values kOtherValues{{"data", "some/data = x"},
                          {"run", "runs/\u00e9 1"},
                          {"preset", "small"},
                          {"epochs", "7"},
                          {"batch-size", "64"},
                          {"accumulate", "2"},
                          {"architecture", "attention"},
                          {"rnn-size", "34"},
                          {"num-layers", "3"},
                          {"encoding-embedding-size", "21"},
                          {"decoding-embedding-size", "22"},
                          {"keep-probability", "0.8125"},
                          {"learning-rate", "3e-05"},
                          {"schedule", "cosine"},
                          {"warmup-steps", "500"},
                          {"clip", "0.1"},
                          {"clip-norm", "2.5"},
                          {"label-smoothing", "0.1"},
                          {"average-weights", "0.999"},
                          {"noise", "human=0.5,keyboard:dvorak=0.1"},
                          {"noise-refresh", "frozen"},
                          {"unknown-share", "0.01"},
                          {"seed", "18446744073709551615"},
                          {"shuffle-seed", "0"},
                          {"log-every", "1"},
                          {"checkpoint-every", "1000"},
                          {"keep-last", "3"},
                          {"keep-best", "0"},
                          {"keep-every", "6h"},
                          {"best-by", "exact"},
                          {"patience", "4"},
                          {"on-divergence", "rollback"},
                          {"spot-notice", "aws"},
                          {"device", "cpu"},
                          {"precision", "bf16"},
                          {"lstm", "cudnn"},
                          {"threads", "2"},
                          {"memory-limit", "4294967296"}};

Values values_of(const TrainOptions& options) {
  Values values;
  for (const Setting& setting : settings()) values[setting.name] = setting.get(options);
  return values;
}

std::string refusal(const std::string& name, const std::string& text) {
  TrainOptions options;
  try {
    apply(options, {{name, text}});
  } catch (const UsageError& error) {
    return error.what();
  }
  return "nothing was refused";
}

std::string after(const std::string& name, const std::string& text) {
  TrainOptions options;
  apply(options, {{name, text}});
  return values_of(options).at(name);
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_setting_is_kept_through_config_ini) {
  TrainOptions options;
  BOOST_TEST(settings().size() == kOtherValues.size());
  for (const auto& [name, value] : kOtherValues) BOOST_TEST(values_of(options).at(name) != value, name);
  apply(options, kOtherValues);
  BOOST_TEST((values_of(options) == kOtherValues));

  const ScratchDirectory scratch;
  write_config(scratch / "config.ini", options);
  BOOST_TEST((read_config(scratch / "config.ini") == kOtherValues));
  Values by_config_option;  // train --config takes the file, too
  for (const ConfigEntry& entry : read_config_file(scratch / "config.ini"))
    by_config_option[entry.name] = entry.value;
  BOOST_TEST((by_config_option == kOtherValues));
}

BOOST_AUTO_TEST_CASE(each_setting_changes_one_member_alone) {
  for (const auto& [name, value] : kOtherValues) {
    TrainOptions options;
    apply(options, {{name, value}});
    Values expected = values_of(TrainOptions{});
    expected.at(name) = value;
    BOOST_TEST((values_of(options) == expected), name);
  }
}

BOOST_AUTO_TEST_CASE(defaults_are_kept_through_config_ini) {
  for (const char* task : {"text", "pairs", "sort"}) {
    const ScratchDirectory scratch;
    write_config(scratch / "config.ini", default_options(task));
    TrainOptions options = default_options(task);
    seq2seq::apply(options, read_config(scratch / "config.ini"));
    BOOST_TEST((values_of(options) == values_of(default_options(task))));
  }
}

BOOST_AUTO_TEST_CASE(numbers_are_kept_to_the_last_bit) {
  BOOST_TEST(rc::check("numbers", [] {
    TrainOptions options, back;
    options.keep_probability = *rc::gen::inRange<std::uint64_t>(1, std::uint64_t{1} << 53) * 0x1p-53;
    options.learning_rate = options.keep_probability / *rc::gen::inRange(1, 1'000'000);
    options.clip = *rc::gen::inRange<std::uint64_t>(0, 1'000'000'000) / 1000.0;
    options.seed = *rc::gen::arbitrary<std::uint64_t>();
    seq2seq::apply(back, values_of(options));
    RC_ASSERT(back.keep_probability == options.keep_probability);
    RC_ASSERT(back.learning_rate == options.learning_rate);
    RC_ASSERT(back.clip == options.clip);
    RC_ASSERT(back.seed == options.seed);
  }));
}

BOOST_AUTO_TEST_CASE(defaults_are_the_originals) {
  const TrainOptions big = default_options("text");
  BOOST_TEST(big.batch_size == 128);
  BOOST_TEST(big.rnn_size == 512);
  BOOST_TEST(big.num_layers == 2);
  BOOST_TEST(big.encoding_embedding_size == 512);
  BOOST_TEST(big.decoding_embedding_size == 512);
  BOOST_TEST(big.keep_probability == 0.7);
  BOOST_TEST(big.learning_rate == 0.001);
  BOOST_TEST(big.clip == 5.0);
  BOOST_TEST(big.epochs == 4);
  BOOST_TEST(big.log_every == 100);
  BOOST_TEST(big.noise == "uniform=1");

  Values expected = values_of(big);
  expected["noise"] = "";
  BOOST_TEST((values_of(default_options("pairs")) == expected));
  expected["rnn-size"] = "50";
  expected["encoding-embedding-size"] = expected["decoding-embedding-size"] = "15";
  expected["epochs"] = "60";
  expected["log-every"] = "20";
  BOOST_TEST((values_of(default_options("sort")) == expected));
}

BOOST_AUTO_TEST_CASE(what_is_kept_follows_the_settings) {
  TrainOptions options;
  apply(options, {{"keep-last", "5"}, {"keep-best", "3"}, {"keep-every", "7"}, {"best-by", "exact"}});
  const Retention kept = retention(options);
  BOOST_TEST(kept.last == 5);
  BOOST_TEST(kept.best == 3);
  BOOST_TEST(kept.every.batches == 7);
  BOOST_TEST((kept.best_by == BestBy::kExact));
  BOOST_TEST((retention(TrainOptions{}).best_by == BestBy::kLoss));
}

BOOST_AUTO_TEST_CASE(a_resumed_run_may_change_what_leaves_the_numbers_alone) {
  std::set<std::string> may_change;
  for (const Setting& setting : settings())
    if (setting.on_resume == OnResume::kMayChange) may_change.insert(setting.name);
  BOOST_TEST((may_change == std::set<std::string>{"data", "run", "epochs", "log-every", "checkpoint-every",
                                                  "keep-last", "keep-best", "keep-every", "best-by",
                                                  "patience", "on-divergence", "spot-notice", "device",
                                                  "threads", "memory-limit"}));
}

BOOST_AUTO_TEST_CASE(sizes_take_units) {
  BOOST_TEST(after("memory-limit", "0") == "0");
  BOOST_TEST(after("memory-limit", "17") == "17");
  BOOST_TEST(after("memory-limit", "3K") == "3072");
  BOOST_TEST(after("memory-limit", "512M") == "536870912");
  BOOST_TEST(after("memory-limit", "4G") == "4294967296");
  BOOST_TEST(after("memory-limit", "2T") == "2199023255552");
}

BOOST_AUTO_TEST_CASE(sizes_that_are_none_are_refused) {
  for (const std::string text :
       {"", "G", "xG", "4g", "4GB", "4 G", "-1", "1.5G", "9000000T", "9223372036854775808"})
    BOOST_TEST(refusal("memory-limit", text) ==
               "--memory-limit '" + text +
                   "' will not do: expected a number of bytes, such as 4G or 512M, below 8388608T");
}

BOOST_AUTO_TEST_CASE(counts_that_are_none_are_refused) {
  for (const char* name : {"epochs", "batch-size", "accumulate", "rnn-size", "num-layers",
                           "encoding-embedding-size", "decoding-embedding-size", "log-every", "keep-last"})
    for (const std::string text : {"0", "-1", "1.5", "ten", "", " 1", "1 ", "0x10", "99999999999999999999"})
      BOOST_TEST(refusal(name, text) == "--" + std::string(name) + " '" + text +
                                            "' will not do: expected a whole number from 1 to 1073741824");
  for (const auto& [name, largest] : {std::pair("warmup-steps", "1073741824"),
                                      {"keep-best", "1073741824"},
                                      {"patience", "1073741824"},
                                      {"threads", "1024"},
                                      {"seed", "18446744073709551615"},
                                      {"shuffle-seed", "18446744073709551615"}}) {
    for (const std::string text : {"-1", "1.5", "ten", "", "99999999999999999999"})
      BOOST_TEST(
          refusal(name, text) ==
          fmt::format("--{} '{}' will not do: expected a whole number from 0 to {}", name, text, largest));
    for (const char* bound : {"0", largest}) BOOST_TEST(after(name, bound) == bound);
  }
}

BOOST_AUTO_TEST_CASE(numbers_that_are_none_are_refused) {
  for (const std::string text : {"0", "-0.1", "1.0001", "nan", "inf", "half", "", "0.7x", "1e-999"})
    BOOST_TEST(refusal("keep-probability", text) ==
               "--keep-probability '" + text + "' will not do: expected a probability above 0, at most 1");
  for (const char* name : {"learning-rate", "clip", "clip-norm"})
    for (const std::string text : {"-1", "nan", "inf", "1e999", "1000001", "small", ""})
      BOOST_TEST(refusal(name, text) == "--" + std::string(name) + " '" + text +
                                            "' will not do: expected a number from 0 to 1000000");
  for (const std::string text : {"1", "-0.1", "nan", "a tenth", ""})
    BOOST_TEST(refusal("label-smoothing", text) ==
               "--label-smoothing '" + text + "' will not do: expected a share from 0, below 1");
  BOOST_TEST(after("keep-probability", "1") == "1");
  BOOST_TEST(after("clip", "0") == "0");
}

BOOST_AUTO_TEST_CASE(words_that_are_not_among_the_choices_are_refused) {
  BOOST_TEST(refusal("schedule", "step") ==
             "--schedule 'step' will not do: expected one of constant, cosine, linear");
  BOOST_TEST(refusal("noise-refresh", "") == "--noise-refresh '' will not do: expected one of epoch, frozen");
  BOOST_TEST(refusal("device", "") == "--device '' will not do: expected auto, cpu, cuda or cuda:N");
  BOOST_TEST(refusal("precision", "fp16") ==
             "--precision 'fp16' will not do: expected one of fp32, tf32, bf16");
}

BOOST_AUTO_TEST_CASE(noise_is_kept_in_one_form) {
  BOOST_TEST(after("noise", "uniform=1.0,human=.5") == "human=0.5,uniform=1");
  BOOST_TEST(refusal("noise", "") ==
             "--noise '' will not do: expected MODEL=WEIGHT,..., such as uniform=1,human=0.5, or none");
}

BOOST_AUTO_TEST_CASE(a_name_that_config_ini_cannot_hold_is_refused) {
  BOOST_TEST(test::contains(refusal("data", "a\nseed = 2"), "line break"));
  BOOST_TEST(test::contains(refusal("run", "a\nb"), "line break"));
}

BOOST_AUTO_TEST_CASE(unknown_settings_are_refused) {
  BOOST_TEST(refusal("batch_size", "3") == "unknown setting batch_size");
}

BOOST_AUTO_TEST_CASE(a_damaged_config_names_file_and_line) {
  const ScratchDirectory scratch;
  test::write_all(scratch / "config.ini", "# run\n\nseed = 3\nbatch-size: 4\n");
  BOOST_TEST(test::error_of([&] { read_config(scratch / "config.ini"); }) ==
             (scratch / "config.ini").string() + " line 4: 'batch-size: 4' is not of the form name = value");
  test::write_all(scratch / "config.ini", "seed = 3\nbatch_size = 4\n");
  BOOST_TEST(test::error_of([&] { read_config(scratch / "config.ini"); }) ==
             (scratch / "config.ini").string() + " line 2: unknown setting batch_size");
  test::write_all(scratch / "config.ini", "# run\nschedule = step\n");
  BOOST_TEST(test::error_of([&] { read_config(scratch / "config.ini"); }) ==
             (scratch / "config.ini").string() +
                 " line 2: --schedule 'step' will not do: expected one of constant, cosine, linear");
}

BOOST_AUTO_TEST_CASE(options_reach_model_and_optimizer) {
  TrainOptions options;
  apply(options, kOtherValues);
  const ModelConfiguration expected{.architecture = Architecture::kAttention,
                                    .vocabulary = 31,
                                    .rnn_size = 34,
                                    .num_layers = 3,
                                    .encoding_embedding_size = 21,
                                    .decoding_embedding_size = 22};
  BOOST_TEST((model_configuration(options, 31) == expected));
  BOOST_TEST(adam_options(options).element_clip == 0.1);
  BOOST_TEST(adam_options(options).norm_clip == 2.5);
  options.rnn_size = 33;
  BOOST_TEST(test::error_of([&] { model_configuration(options, 31); }) ==
             "--rnn-size 33: attention needs an even one");
}

}  // namespace favras::seq2seq
