// What the model reads for a line: fresh mistakes each epoch, the same ones for ever, or the line's own
// source.
#include "apps/seq2seq/line_source.h"

#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "apps/seq2seq/data/corpus.h"
#include "tests/engine/storage/scratch.h"

namespace favras::seq2seq {

namespace {

using Texts = std::vector<std::string>;

// A data directory made and read as prepare and train do.
struct Data : test::ScratchDirectory {
  Dataset prepared(const std::string& task, const std::string& text) const {
    test::write_all(*this / "text", text);
    DataDescription description;
    description.settings.task = task;
    description.settings.characters = 0;
    DataDirectoryWriter writer(*this / "data", description.settings.has_pairs());
    const auto files = list_inputs({*this / "text"}, description.settings.group_by);
    const Preparation preparation = prepare_corpus(files, {}, description, writer);
    writer.finish(preparation.vocabulary, {}, description);
    return load_dataset(*this / "data");
  }
  Dataset text() const {
    std::string text;
    for (int i = 0; i < 200; ++i)
      text += "line " + std::to_string(i * 7919) + " of some words that get mistakes\n";
    return prepared("text", text);
  }
  Dataset pairs() const {
    std::string text;
    for (int i = 0; i < 200; ++i)
      text += "hte cat " + std::to_string(i) + "\tthe cat " + std::to_string(i) + "\n";
    return prepared("pairs", text);
  }
};

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

BOOST_FIXTURE_TEST_SUITE(line_source, Data)

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

BOOST_AUTO_TEST_SUITE_END()

}  // namespace favras::seq2seq
