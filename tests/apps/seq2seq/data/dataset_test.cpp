// Data directories: written whole or not at all, read back with every check.
#include "apps/seq2seq/data/dataset.h"

#include <boost/test/unit_test.hpp>

#include "apps/seq2seq/data/data_directory.h"
#include "apps/seq2seq/data/hashing.h"
#include "apps/seq2seq/data/sorting_task.h"
#include "tests/apps/seq2seq/data/data_test_support.h"

using namespace favras::seq2seq;
using namespace favras::seq2seq::testing;

namespace fs = std::filesystem;

namespace {

// A description with no default left in it.
DataDescription write_text(const fs::path& directory) {
  DataDescription description{.settings = {.seed = 0xFFFFFFFFFFFFFFFF,
                                           .characters = 20,
                                           .minimum_length = 2,
                                           .maximum_length = 50,
                                           .validation_share = 0.1 + 0.2,  // needs all digits
                                           .skip_invalid = true,
                                           .split = "cut",
                                           .filter = "english",
                                           .group_by = "folder"},
                              .sources = {{"a.txt", "x", 12, "ab"}, {"b.txt", "y", 13, "cd"}},
                              .misspellings = SourceFile{"words.tsv", "", 14, "ef"},
                              .counts = {.train = 2, .validation = 1},
                              .leaks = LeakReport{},
                              .fingerprint = {}};
  std::uint64_t number = 100;
  for_each_rule(description.counts, [&](const char*, std::uint64_t& count) { count = ++number; });
  for_each_count(*description.leaks, [&](const char*, std::uint64_t& count) { count = ++number; });
  for (std::uint64_t* total :
       {&description.counts.read, &description.counts.sentences, &description.counts.cut,
        &description.counts.made, &description.counts.both, &description.counts.train_characters,
        &description.counts.validation_characters})
    *total = ++number;
  DataDirectoryWriter writer(directory, false);
  writer.append(kTrainingSide, "a line\n");
  writer.append(kValidationSide, "held out\n");
  writer.append(kTrainingSide, "one more line\n");
  writer.finish(Vocabulary(U"abc"), {{"teh", "the"}, {"adn", "and"}}, description);
  return description;
}

void replace_in(const fs::path& file, const std::string& old_text, const std::string& new_text) {
  std::string text = read(file);
  BOOST_REQUIRE(contains(text, old_text));
  text.replace(text.find(old_text), old_text.size(), new_text);
  std::ofstream(file, std::ios::binary) << text;
}

}  // namespace

BOOST_AUTO_TEST_CASE(text_is_read_back_as_written) {
  const TemporaryDirectory directory;
  const DataDescription description = write_text(directory / "data");
  BOOST_CHECK(read_description(directory / "data") == description);
  const Dataset dataset = load_dataset(directory / "data");
  BOOST_CHECK_EQUAL(dataset.task, "text");
  BOOST_CHECK(!dataset.has_pairs());
  BOOST_CHECK_EQUAL(dataset.directory, (directory / "data").string());
  BOOST_CHECK_EQUAL(dataset.fingerprint, description.fingerprint);
  BOOST_CHECK(dataset.vocabulary.characters() == U"abc");
  BOOST_CHECK_EQUAL(dataset.data_seed, 0xFFFFFFFFFFFFFFFFu);
  BOOST_CHECK_EQUAL(dataset.maximum_length, 50);
  BOOST_REQUIRE_EQUAL(dataset.train.size(), 2u);
  BOOST_CHECK_EQUAL(dataset.train[1].target, "one more line");
  BOOST_CHECK_EQUAL(dataset.train[1].source, "");
  BOOST_CHECK_EQUAL(dataset.train[1].hash, content_hash("one more line"));
  BOOST_REQUIRE_EQUAL(dataset.validation.size(), 1u);
  BOOST_CHECK_EQUAL(dataset.validation[0].target, "held out");
  BOOST_CHECK((dataset.misspellings == std::vector<Misspelling>{{"teh", "the"}, {"adn", "and"}}));
}

BOOST_AUTO_TEST_CASE(pairs_are_read_back_as_written) {
  const TemporaryDirectory directory;
  DataDescription description{.settings = {.task = "sort", .maximum_length = 8}};
  const SortingData data = make_sorting_data(1);
  description.counts.train = data.train.size();
  DataDirectoryWriter writer(directory / "data", true);
  for (const std::string& line : data.train) writer.append(kTrainingSide, line + '\n');
  writer.finish(data.vocabulary, {}, description);
  const Dataset dataset = load_dataset(directory / "data");
  BOOST_CHECK(dataset.has_pairs());
  BOOST_REQUIRE_EQUAL(dataset.train.size(), 10'000u);
  const Line& line = dataset.train[77];
  BOOST_CHECK_EQUAL(line.source + '\t' + line.target, data.train[77]);
  BOOST_CHECK_EQUAL(line.hash, content_hash(data.train[77]));
}

BOOST_AUTO_TEST_CASE(the_fingerprint_is_that_of_a_list_of_sums) {
  const TemporaryDirectory directory;
  const fs::path data = directory / "data";
  const DataDescription description = write_text(data);
  const std::string list = sha256_hex("a line\none more line\n") + "  train.txt\n" +
                           sha256_hex("held out\n") + "  validation.txt\n" +
                           sha256_hex(read(data / "vocabulary.json")) + "  vocabulary.json\n" +
                           sha256_hex(read(data / "misspellings.tsv")) + "  misspellings.tsv\n";
  BOOST_CHECK_EQUAL(description.fingerprint, sha256_hex(list));
}

BOOST_AUTO_TEST_CASE(damage_is_noticed) {
  const TemporaryDirectory directory;
  const fs::path data = directory / "data";
  const auto message = [&] { return message_of([&] { load_dataset(data); }); };
  BOOST_CHECK(contains(message(), "no such data directory"));
  fs::create_directory(data);
  BOOST_CHECK(contains(message(), "no data.json"));
  for (const char* file : {"train.txt", "validation.txt", "vocabulary.json", "misspellings.tsv"}) {
    write_text(data);
    std::ofstream(data / file, std::ios::app) << "x\n";
    BOOST_CHECK_MESSAGE(contains(message(), "files have changed since prepare"), message());
    fs::remove(data / file);
    BOOST_CHECK_MESSAGE(message() != "", file);
    write_text(data);  // over the damaged one
    BOOST_CHECK_EQUAL(message(), "");
  }
}

BOOST_AUTO_TEST_CASE(a_bad_description_is_explained) {
  const TemporaryDirectory directory;
  const fs::path data = directory / "data";
  const auto message_after = [&](const std::string& old_text, const std::string& new_text) {
    write_text(data);
    replace_in(data / "data.json", old_text, new_text);
    return message_of([&] { load_dataset(data); });
  };
  BOOST_CHECK(contains(message_after("{", "["), "data.json: not a data description"));
  BOOST_CHECK(contains(message_after("\"version\": 2", "\"version\": 1"),
                       "version 1, where 2 is read; run prepare again"));
  BOOST_CHECK(contains(message_after("\"text\"", "\"texts\""), "unknown task 'texts'"));
  BOOST_CHECK(contains(message_after("\"seed\"", "\"seeds\""), "not a data description"));
  for (const char* share : {"x", "nan", "inf", "0.1x", ""})
    BOOST_CHECK(contains(message_after("0.30000000000000004", share), "no number"));
  BOOST_CHECK(
      contains(message_after("\"train\": 2", "\"train\": 3"), "train.txt: has 2 lines, data.json says 3"));
}

BOOST_AUTO_TEST_CASE(only_data_directories_are_replaced) {
  const TemporaryDirectory directory;
  const auto message = [&] { return message_of([&] { write_text(directory / "data"); }); };
  fs::create_directory(directory / "data");
  BOOST_CHECK_EQUAL(message(), "");  // an empty one
  BOOST_CHECK_EQUAL(message(), "");  // a data directory
  std::ofstream(directory / "data/notes.txt") << "mine\n";
  BOOST_CHECK(contains(message(), "holds 'notes.txt'"));
  BOOST_CHECK_EQUAL(read(directory / "data/notes.txt"), "mine\n");
  fs::remove(directory / "data/notes.txt");
  fs::remove(directory / "data/data.json");
  BOOST_CHECK(contains(message(), "neither empty nor a data directory"));
  BOOST_CHECK(fs::exists(directory / "data/train.txt"));
  fs::remove_all(directory / "data");
  directory.write("data", "a file\n");
  BOOST_CHECK(contains(message(), "is not a directory"));
  BOOST_CHECK(contains(message_of([&] { write_text(directory / "data/inside"); }), "cannot be made"));
  BOOST_CHECK_EQUAL(read(directory / "data"), "a file\n");
}

BOOST_AUTO_TEST_CASE(what_is_not_finished_leaves_nothing) {
  const TemporaryDirectory directory;
  const fs::path data = directory / "new/data";
  {
    const DataDirectoryWriter writer(data, false);
    BOOST_CHECK(fs::exists(directory / "new/.data.tmp"));
  }
  BOOST_CHECK(fs::is_empty(directory / "new"));
  write_text(data);
  const std::string before = read(data / "data.json");
  { const DataDirectoryWriter writer(data.string() + "/", false); }
  BOOST_CHECK_EQUAL(read(data / "data.json"), before);
  // What a killed run left is in nobody's way.
  fs::create_directory(directory / "new/.data.tmp");
  std::ofstream(directory / "new/.data.tmp/train.tsv") << "half a li";
  write_text(data);
  BOOST_CHECK(!fs::exists(data / "train.tsv"));
  BOOST_CHECK(!fs::exists(directory / "new/.data.tmp") && !fs::exists(directory / "new/.data.old"));
}

BOOST_AUTO_TEST_CASE(copies_that_the_user_keeps_beside_it_stay) {
  const TemporaryDirectory directory;
  for (const char* copy : {"data.old", "data.tmp"}) {
    write_text(directory / "data");
    fs::rename(directory / "data", directory / copy);
    write_text(directory / "data");  // where nothing is
    write_text(directory / "data");  // instead of another
    BOOST_CHECK_EQUAL(message_of([&] { load_dataset(directory / copy); }), "");
    BOOST_CHECK_EQUAL(message_of([&] { load_dataset(directory / "data"); }), "");
  }
}
