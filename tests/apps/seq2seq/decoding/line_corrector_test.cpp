// Lines and parts of lines, corrected: which of them the model reads, their numbers, and the warnings.
#include "apps/seq2seq/decoding/line_corrector.h"

#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace favras::seq2seq {

namespace {

using Texts = std::vector<std::string>;

const Vocabulary& vocabulary() {
  static const Vocabulary letters(U" abcdefghijklmnopqrstuvwxyz");
  return letters;
}

// A model that writes b for a.
class Place {
 public:
  explicit Place(bool running_text = true)
      : lines_(Corrector(
                   [](std::span<const Ids> sources, const DecodeOptions&) {
                     std::vector<Decoded> outputs;
                     for (const Ids& source : sources) {
                       Decoded& output = outputs.emplace_back(Decoded{source, {}});
                       const std::int32_t a = vocabulary().encode(U"a")[0], b = vocabulary().encode(U"b")[0];
                       std::replace(output.ids.begin(), output.ids.end(), a, b);
                     }
                     return outputs;
                   },
                   vocabulary(), 20),
               running_text, [this](const std::string& text) { warnings.push_back(text); }) {}

  Texts correct(const std::vector<InputLine>& lines) {
    Texts texts;
    numbers.clear();
    for (const CorrectedLine& line : lines_.correct(lines)) {
      texts.push_back(line.text());
      numbers.push_back(line.number);
    }
    return texts;
  }

  Texts warnings;
  std::vector<std::uint64_t> numbers;

 private:
  LineCorrector lines_;
};

InputLine line(std::string text) { return {std::move(text), "\n"}; }
InputLine part(std::string text) { return {std::move(text), "", true}; }

}  // namespace

BOOST_AUTO_TEST_CASE(lines_are_corrected_and_counted) {
  Place place;
  BOOST_TEST(place.correct({line("a cat"), line(""), line("xyz")}) == (Texts{"b cbt", "", "xyz"}),
             boost::test_tools::per_element());
  BOOST_TEST(place.numbers == (std::vector<std::uint64_t>{1, 2, 3}), boost::test_tools::per_element());
  BOOST_TEST(place.correct({line("a")}) == Texts{"b"}, boost::test_tools::per_element());
  BOOST_TEST(place.numbers == std::vector<std::uint64_t>{4}, boost::test_tools::per_element());
  BOOST_TEST(place.correct({}).empty());
  BOOST_TEST(place.warnings.empty());
}

BOOST_AUTO_TEST_CASE(what_is_not_utf8_stays_with_one_warning) {
  Place place;
  BOOST_TEST(place.correct({line("a"), line("a\xff"), line("\xc3"), line("a")}) ==
                 (Texts{"b", "a\xff", "\xc3", "b"}),
             boost::test_tools::per_element());
  BOOST_TEST(place.correct({line("\x80")}) == Texts{"\x80"}, boost::test_tools::per_element());
  BOOST_TEST(place.warnings ==
                 Texts{"line 2 is not valid UTF-8 (byte 2); it and any others like it stay as they are"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(parts_are_corrected_and_count_as_one_line) {
  Place place;
  BOOST_TEST(place.correct({line("a"), part("a cat ")}) == (Texts{"b", "b cbt "}),
             boost::test_tools::per_element());
  BOOST_TEST(place.correct({part("a\xff "), line("a"), line("a")}) == (Texts{"a\xff ", "b", "b"}),
             boost::test_tools::per_element());
  BOOST_TEST(place.numbers == (std::vector<std::uint64_t>{2, 2, 3}), boost::test_tools::per_element());
  BOOST_TEST(place.warnings == Texts{"line 2 is not valid UTF-8 (byte 2 of a part of it); it and any others "
                                     "like it stay as they are"},
             boost::test_tools::per_element());
}

// Its end would look like a word of its own.
BOOST_AUTO_TEST_CASE(a_word_in_several_parts_stays) {
  Place place;
  BOOST_TEST(place.correct({part("a "), part("aaa"), part("aa"), part("aa a "), line("a a")}) ==
                 (Texts{"b ", "aaa", "aa", "aa b ", "b b"}),
             boost::test_tools::per_element());
  BOOST_TEST(place.correct({part("aaa"), line("aa"), line("a")}) == (Texts{"aaa", "aa", "b"}),
             boost::test_tools::per_element());
  BOOST_TEST(place.warnings.empty());
}

BOOST_AUTO_TEST_CASE(a_model_that_reads_lines_whole_leaves_parts_alone) {
  Place place(false);
  const std::string longer_than_the_model_knows(30, 'a');
  BOOST_TEST(place.correct({line("a cat\t"), line(longer_than_the_model_knows)}) ==
                 (Texts{"b cbt\ufffd", std::string(30, 'b')}),
             boost::test_tools::per_element());
  BOOST_TEST(place.correct({part("a cat "), line("a"), line("a"), part("a "), line("a")}) ==
                 (Texts{"a cat ", "a", "b", "a ", "a"}),
             boost::test_tools::per_element());
  BOOST_TEST(place.warnings ==
                 Texts{"line 3 is longer than 16384 bytes; it and any others like it stay as they are"},
             boost::test_tools::per_element());
}

}  // namespace favras::seq2seq
