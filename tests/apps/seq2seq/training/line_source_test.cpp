// What the model reads for a line: fresh mistakes each epoch, the same ones for ever, or the line's own
// source.
#include "apps/seq2seq/training/line_source.h"

#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "apps/seq2seq/command_line/usage_error.h"
#include "apps/seq2seq/data/hashing.h"
#include "apps/seq2seq/data/utf8.h"
#include "tests/engine/storage/scratch.h"

namespace favras::seq2seq {

namespace {

using Texts = std::vector<std::string>;

Dataset dataset_of(const std::string& task, const std::vector<Line>& lines) {
  return {.directory = "some/data",
          .task = task,
          .fingerprint = "",
          .vocabulary = Vocabulary(U"abcdefghijklmnopqrstuvwxyz 0123456789"),
          .train = lines,
          .validation = {},
          .data_seed = 1,
          .maximum_length = 60};
}

Dataset text() {
  std::vector<Line> lines;
  for (int i = 0; i < 200; ++i) {
    const std::string line = "line " + std::to_string(i * 7919) + " of some words that get mistakes";
    lines.push_back({line, "", content_hash(line)});
  }
  return dataset_of("text", lines);
}

Dataset pairs() {
  std::vector<Line> lines;
  for (std::uint64_t i = 0; i < 200; ++i)
    lines.push_back({"the cat " + std::to_string(i), "hte cat " + std::to_string(i), i});
  return dataset_of("pairs", lines);
}

Texts sources(const LineSource& lines, const Dataset& dataset, std::uint64_t epoch) {
  Texts texts;
  for (const Line& line : dataset.train) texts.push_back(lines.source_text(line, epoch));
  return texts;
}

Texts targets(const Dataset& dataset) {
  Texts texts;
  for (const Line& line : dataset.train) texts.push_back(line.target);
  return texts;
}

}  // namespace

BOOST_AUTO_TEST_CASE(noise_is_fresh_in_every_epoch_and_the_same_for_ever_when_frozen) {
  const Dataset dataset = text();
  const LineSource lines(dataset);
  const Texts frozen = sources(lines, dataset, kFrozenNoise), first = sources(lines, dataset, 1),
              second = sources(lines, dataset, 2);
  BOOST_TEST(frozen == sources(lines, dataset, kFrozenNoise), boost::test_tools::per_element());
  BOOST_TEST(frozen == sources(LineSource(dataset), dataset, kFrozenNoise), boost::test_tools::per_element());
  BOOST_TEST(first == sources(lines, dataset, 1), boost::test_tools::per_element());
  for (const auto& [one, other] :
       {std::pair(frozen, first), std::pair(first, second), std::pair(frozen, second)}) {
    std::size_t differing = 0;
    for (std::size_t i = 0; i < one.size(); ++i) differing += one[i] != other[i];
    BOOST_TEST(differing >
               one.size() / 3);  // 44 % of lines of this length get a mistake, 69 % of pairs differ
  }
  std::size_t changed = 0;
  const Texts clean = targets(dataset);
  for (std::size_t i = 0; i < first.size(); ++i) changed += first[i] != clean[i];
  BOOST_TEST(changed > first.size() / 4);
  BOOST_TEST(changed < first.size() * 2 / 3);
}

// With the key of the line itself: as it would be without any dataset.
BOOST_AUTO_TEST_CASE(the_noise_is_the_mixture_that_was_asked_for) {
  Dataset dataset = text();
  dataset.misspellings = {{"owrds", "words"}, {"taht", "that"}};
  for (const NoiseMix& mix :
       {NoiseMix{.human = 2}, NoiseMix{.keyboard = 1, .layout = KeyboardLayout::kAzerty}, kDefaultNoise,
        NoiseMix{}}) {
    const LineSource lines(dataset, mix);
    const Noise noise(mix, dataset.vocabulary, 60, dataset.misspellings);
    for (const Line& line : dataset.train) {
      std::u32string expected = decode_utf8(line.target);
      noise.add(expected, {dataset.data_seed, 5, line.hash});
      BOOST_TEST(lines.source_text(line, 5) == encode_utf8(expected));
    }
  }
  BOOST_TEST((kDefaultNoise == NoiseMix{.uniform = 1}));
  BOOST_TEST(
      sources(LineSource(dataset), dataset, 1) == sources(LineSource(dataset, kDefaultNoise), dataset, 1),
      boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(human_noise_needs_misspellings) {
  Dataset dataset = text();
  const std::string expected =
      "--noise human needs misspellings, and some/data has none: prepare again with --misspellings FILE "
      "(scripts/fetch_corpus.sh --misspellings fetches some)";
  BOOST_TEST(test::error_of([&] { require_noise({.human = 0.1}, dataset); }) == expected);
  BOOST_TEST(test::error_of([&] { LineSource(dataset, {.human = 0.1}); }) == expected);
  BOOST_CHECK_NO_THROW(require_noise({.keyboard = 1, .uniform = 1}, dataset));
  dataset.misspellings = {{"taht", "that"}};
  BOOST_CHECK_NO_THROW(require_noise({.human = 0.1}, dataset));
}

BOOST_AUTO_TEST_CASE(pairs_have_no_noise) {
  BOOST_CHECK_THROW(require_noise(kDefaultNoise, pairs()), UsageError);
  BOOST_CHECK_THROW(require_noise({}, pairs()), UsageError);
  const Dataset dataset = pairs();
  BOOST_TEST(sources(LineSource(dataset, {.human = 10, .uniform = 10}), dataset, 1) ==
                 sources(LineSource(dataset), dataset, 1),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(pairs_have_their_own_source) {
  const Dataset dataset = pairs();
  const LineSource lines(dataset);
  for (const Line& line : dataset.train) {
    BOOST_TEST(lines.source_text(line, 1) == line.source);
    BOOST_TEST(lines.source_text(line, kFrozenNoise) == line.source);
    BOOST_TEST(line.source.starts_with("hte"));
  }
}

BOOST_AUTO_TEST_CASE(ids_and_texts_are_the_same_lines) {
  for (const Dataset& dataset : {text(), pairs()}) {
    const LineSource lines(dataset);
    for (const Line& line : dataset.train) {
      BOOST_TEST(dataset.vocabulary.decode(lines.source(line, 3)) == lines.source_text(line, 3));
      BOOST_TEST(dataset.vocabulary.decode(lines.target(line)) == line.target);
    }
  }
}

BOOST_AUTO_TEST_CASE(some_characters_may_be_unknown_on_both_sides) {
  const Dataset dataset = text();
  std::vector<const Line*> chosen;
  for (const Line& line : dataset.train) chosen.push_back(&line);
  const auto rows = static_cast<std::int64_t>(chosen.size());
  const auto of = [&](const NoiseMix& mix, std::uint64_t epoch, double share) {
    return LineSource(dataset, mix).batch(chosen, rows, epoch, 1, share);
  };
  const HostBatch clean = of({}, 1, 0.0), some = of({}, 1, 0.1), later = of({}, 2, 0.1);
  for (std::size_t i = 0; i < some.source.size(); ++i)
    BOOST_TEST(some.source[i] == (some.targets[i] == kEos ? kPad : some.targets[i]));
  BOOST_TEST((some.targets != later.targets));
  BOOST_TEST((some == of({}, 1, 0.1)));
  const std::int32_t space = dataset.vocabulary.encode(" ")[0];
  std::size_t unknown = 0, known = 0;
  for (std::size_t i = 0; i < clean.targets.size(); ++i) {
    if (clean.targets[i] <= kUnk || clean.targets[i] == space) {
      BOOST_TEST(some.targets[i] == clean.targets[i]);
    } else if (some.targets[i] == kUnk) {
      ++unknown;
    } else {
      BOOST_TEST(some.targets[i] == clean.targets[i]);
      ++known;
    }
  }
  BOOST_TEST(static_cast<double>(unknown) == 0.1 * static_cast<double>(unknown + known),
             boost::test_tools::tolerance(0.1));
  // Mistakes come on top.
  const HostBatch noisy = of(kDefaultNoise, 1, 0.1);
  BOOST_TEST((noisy.targets == some.targets));
  BOOST_TEST((noisy.source != some.source));
  BOOST_TEST(std::count(noisy.source.begin(), noisy.source.end(), kUnk) > static_cast<int>(unknown) / 2);
}

BOOST_AUTO_TEST_CASE(pairs_know_all_their_characters) {
  const Dataset dataset = pairs();
  const LineSource lines(dataset);
  const std::vector<const Line*> chosen{&dataset.train[5], &dataset.train[0]};
  BOOST_TEST((lines.batch(chosen, 2, 1, 1, 0.9) == lines.batch(chosen, 2, 1)));
}

BOOST_AUTO_TEST_CASE(a_batch_holds_the_epochs_sources) {
  const Dataset dataset = text();
  const LineSource lines(dataset);
  const std::vector<const Line*> chosen{&dataset.train[5], &dataset.train[0], &dataset.train[9]};
  std::vector<Ids> source_ids, target_ids;
  for (const Line* const line : chosen) {
    source_ids.push_back(lines.source(*line, 2));
    target_ids.push_back(lines.target(*line));
  }
  const Batch batch = upload(lines.batch(chosen, 5, 2)), expected = make_batch(source_ids, target_ids, 5);
  const auto same = [](const Tensor& a, const Tensor& b) {
    return a.shape() == b.shape() && a.to_host<std::int32_t>() == b.to_host<std::int32_t>();
  };
  BOOST_TEST(batch.lines == 3);
  BOOST_TEST(same(batch.source, expected.source));
  BOOST_TEST(same(batch.source_lengths, expected.source_lengths));
  BOOST_TEST(same(batch.decoder_input, expected.decoder_input));
  BOOST_TEST(same(batch.targets, expected.targets));
  BOOST_TEST(same(batch.target_lengths, expected.target_lengths));
}

}  // namespace favras::seq2seq
