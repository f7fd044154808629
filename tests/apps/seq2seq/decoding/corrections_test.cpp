// Several corrections of a line and how sure a model is of them, and the characters that it does not know.
#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

#include "apps/seq2seq/data/utf8.h"
#include "apps/seq2seq/decoding/corrector.h"
#include "tests/apps/seq2seq/lively_model.h"

namespace favras::seq2seq {

namespace {

using Lines = std::vector<std::string>;

const Vocabulary& vocabulary() {
  static const Vocabulary letters(U" abcdefghijklmnopqrstuvwxyz.\u00e9");
  return letters;
}

// One output of a made-up model: its text, and the probability of each of its characters and the end.
struct Says {
  std::string text;
  float each;
};

// In place of a model: what it says for a text, the best first, and for anything else the text itself,
// surely. Whatever it is given, it is 1 / 1024 sure of, its end included.
class Fake {
 public:
  explicit Fake(std::map<std::string, std::vector<Says>> outputs) : outputs_(std::move(outputs)) {}

  Corrector corrector(const CorrectorOptions& options, std::int64_t maximum_length = 60) {
    const auto decoder = [this](std::span<const Ids> sources, const DecodeOptions& how) {
      std::vector<Decoded> all;
      for (const Ids& source : sources) {
        const std::string text = vocabulary().decode(source);
        const auto found = outputs_.find(text);
        const std::vector<Says> says =
            found == outputs_.end() ? std::vector<Says>{{text, 1.0f}} : found->second;
        for (const auto& [written, each] : says) {
          Decoded output{vocabulary().encode(written), {}};
          if (how.probabilities) output.log_probabilities.assign(output.ids.size() + 1, std::log(each));
          if (&each == &says.front().each)
            all.push_back(output);
          else if (how.alternatives)
            all.back().alternatives.push_back(output);
        }
      }
      return all;
    };
    const auto forcer = [this](std::span<const Ids> sources, std::span<const Ids> outputs, bool weights) {
      std::vector<Forced> all;
      for (std::size_t i = 0; i < sources.size(); ++i) {
        asked.push_back(vocabulary().decode(sources[i]) + ">" + vocabulary().decode(outputs[i]));
        Forced& forced = all.emplace_back();
        forced.log_probabilities.assign(outputs[i].size() + 1, 0.0f);
        forced.log_probabilities.back() = std::log(1.0f / 1024);
        // It looks at the place where it writes, or, if it has to look back, at the last one.
        for (std::size_t t = 0; weights && t <= outputs[i].size(); ++t) {
          std::vector<float>& row = forced.weights.emplace_back(sources[i].size(), 0.0f);
          row[looks_at_end ? row.size() - 1 : std::min(t, row.size() - 1)] = 1.0f;
        }
      }
      return all;
    };
    return {decoder, vocabulary(), maximum_length, options, forcer};
  }

  Lines asked;  // of the forcer
  bool looks_at_end = false;

 private:
  std::map<std::string, std::vector<Says>> outputs_;
};

Lines texts_of(const Corrections& corrections) {
  Lines texts;
  for (const Correction& correction : corrections) texts.push_back(correction.text);
  return texts;
}

Corrections correct(Fake& fake, const CorrectorOptions& options, const std::string& line,
                    std::int64_t maximum_length = 60) {
  return fake.corrector(options, maximum_length).correct_lines(Lines{line}).front();
}

double probability(const Correction& correction) { return std::exp(correction.log_probability); }

// Nearly equal.
bool near(double a, double b) { return std::abs(a - b) < 1e-4 * std::abs(b); }

}  // namespace

BOOST_AUTO_TEST_CASE(the_best_outputs_come_in_order_with_their_probabilities) {
  Fake fake({{"teh", {{"the", 0.5f}, {"ten", 0.25f}, {"teh", 0.125f}}}});
  const Corrections all = correct(fake, {.beam = 3, .n_best = 3, .confidence = true}, " teh\t");
  BOOST_TEST(texts_of(all) == (Lines{" the\t", " ten\t", " teh\t"}), boost::test_tools::per_element());
  BOOST_TEST(near(probability(all[0]), std::pow(0.5, 4)));  // three characters and the end
  BOOST_TEST(near(probability(all[1]), std::pow(0.25, 4)));
  BOOST_TEST(near(probability(all[2]), std::pow(0.125, 4)));
  BOOST_TEST(fake.asked.empty());
  BOOST_TEST(
      texts_of(correct(fake, {.beam = 3, .n_best = 2, .confidence = true}, "teh")) == (Lines{"the", "ten"}),
      boost::test_tools::per_element());
  BOOST_TEST(texts_of(correct(fake, {.beam = 3}, "teh")) == Lines{"the"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_same_text_comes_once_and_makes_room) {
  // The second one ended otherwise; the third would write a character that the model cannot name.
  Fake fake({{"teh", {{"the", 0.5f}, {"the", 0.3f}, {"t?h", 0.25f}, {"ten", 0.2f}}}});
  const Corrections all = correct(fake, {.beam = 4, .n_best = 3, .confidence = true}, "teh");
  BOOST_TEST(texts_of(all) == (Lines{"the", "teh", "ten"}), boost::test_tools::per_element());
  BOOST_TEST(near(probability(all[0]), std::pow(0.5, 4)));
  // It did not write teh, and was asked how probable that is.
  BOOST_TEST(fake.asked == Lines{"teh>teh"}, boost::test_tools::per_element());
  BOOST_TEST(near(probability(all[1]), 1.0 / 1024));
}

// "." is followed by a new sentence, and the tab parts the line in any case.
BOOST_AUTO_TEST_CASE(of_several_pieces_the_best_combinations_come) {
  Fake fake({{"aa", {{"ab", 0.5f}, {"ac", 0.4f}}}, {"dd", {{"de", 0.5f}, {"df", 0.1f}}}});
  const Corrections all = correct(fake, {.beam = 4, .n_best = 4, .confidence = true}, "aa\tdd");
  BOOST_TEST(texts_of(all) == (Lines{"ab\tde", "ac\tde", "ab\tdf", "ac\tdf"}),
             boost::test_tools::per_element());
  BOOST_TEST(near(probability(all[0]), std::pow(0.5, 6)));
  BOOST_TEST(near(probability(all[3]), std::pow(0.4, 3) * std::pow(0.1, 3)));
  BOOST_TEST(texts_of(correct(fake, {.beam = 4, .n_best = 4, .confidence = true}, "x")) == Lines{"x"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(confidence_is_of_the_line_and_of_each_change) {
  Fake fake({{"teh cat", {{"the cats", 0.5f}}}});
  const Correction only = correct(fake, {.confidence = true}, "teh cat").at(0);
  BOOST_TEST(only.text == "the cats");
  BOOST_TEST(near(probability(only), std::pow(0.5, 9)));
  BOOST_TEST_REQUIRE(only.changes.size() == 2u);
  BOOST_TEST(only.changes[0].before == "teh");
  BOOST_TEST(only.changes[0].after == "the");
  BOOST_TEST(near(std::exp(only.changes[0].log_probability), std::pow(0.5, 4)));
  BOOST_TEST(only.changes[1].before == "cat");
  BOOST_TEST(only.changes[1].after == "cats");
  BOOST_TEST(near(std::exp(only.changes[1].log_probability), std::pow(0.5, 5)));
  BOOST_TEST(fake.asked.empty());
}

BOOST_AUTO_TEST_CASE(of_a_change_held_back_the_model_is_asked_what_it_thinks_of_the_line) {
  Fake fake({{"teh cat", {{"the cats", 0.5f}}}});
  const CorrectorOptions options{.keep_unless = 1.0 / 20, .confidence = true};  // enough for the first
  const Correction only = correct(fake, options, "teh cat").at(0);
  BOOST_TEST(only.text == "the cat");
  BOOST_TEST(fake.asked == Lines{"teh cat>the cat"}, boost::test_tools::per_element());
  BOOST_TEST(near(probability(only), 1.0 / 1024));
  BOOST_TEST_REQUIRE(only.changes.size() == 1u);
  BOOST_TEST(only.changes[0].after == "the");
}

BOOST_AUTO_TEST_CASE(what_is_not_read_has_no_part_in_it) {
  Fake fake({{"teh", {{"the", 0.5f}}}});
  BOOST_TEST(probability(correct(fake, {.confidence = true}, "\u732b \t").at(0)) == 1.0);
  BOOST_TEST(near(probability(correct(fake, {.confidence = true}, "\u732b teh").at(0)), std::pow(0.5, 4)));
  // A word that is not in normal form, beside a change.
  Fake accents({{"\u00e9 teh", {{"\u00e9 the", 0.5f}}}});
  const Correction only = correct(accents, {.confidence = true}, "e\u0301 teh").at(0);
  BOOST_TEST(only.text == "e\u0301 the");
  BOOST_TEST(near(probability(only), std::pow(0.5, 6)));
  BOOST_TEST(accents.asked.empty());
}

// Longer than the model reads: windows overlap, and each has the changes that lie in it.
BOOST_AUTO_TEST_CASE(a_long_line_is_as_sure_as_its_windows) {
  Fake fake({});
  const std::string line = "one two three four five six seven eight nine ten eleven";
  const Correction only = correct(fake, {.confidence = true}, line, 20).at(0);
  BOOST_TEST(only.text == line);
  BOOST_TEST(only.log_probability == 0.0);  // every window surely stays
  BOOST_TEST(fake.asked.empty());
}

BOOST_AUTO_TEST_CASE(lines_read_whole_have_several_outputs_too) {
  Fake fake({{"cba", {{"abc", 0.5f}, {"abd", 0.25f}}}});
  const auto lines =
      fake.corrector({.beam = 2, .n_best = 2, .confidence = true}).decode_lines(Lines{"cba", ""});
  BOOST_TEST(texts_of(lines[0]) == (Lines{"abc", "abd"}), boost::test_tools::per_element());
  BOOST_TEST(near(probability(lines[0][1]), std::pow(0.25, 4)));
  BOOST_TEST(texts_of(lines[1]) == Lines{""}, boost::test_tools::per_element());
  const auto sure = fake.corrector({.keep_unless = 0.9, .confidence = true}).decode_lines(Lines{"cba"});
  BOOST_TEST(sure[0][0].text == "cba");
  BOOST_TEST(near(probability(sure[0][0]), 1.0 / 1024));
}

// That what is asked is answered in the same way as what was written.
BOOST_AUTO_TEST_CASE(a_real_model_is_as_sure_of_what_it_wrote_as_of_what_it_is_asked) {
  Model model({.architecture = Architecture::kAttention,
               .vocabulary = vocabulary().size(),
               .rnn_size = 24,
               .num_layers = 1,
               .encoding_embedding_size = 8,
               .decoding_embedding_size = 8},
              7);
  make_lively(model);
  const Corrector corrector(model, vocabulary(), 60, {.beam = 4, .n_best = 4, .confidence = true});
  const Corrections all = corrector.decode_lines(Lines{"teh cat sat"}).front();
  BOOST_TEST_REQUIRE(all.size() > 1u);
  for (const Correction& correction : all) {
    const std::vector<Ids> source{vocabulary().encode("teh cat sat")},
        output{vocabulary().encode(correction.text)};
    const std::vector<Forced> forced = force(model, source, output);
    double sum = 0.0;
    for (const float log_probability : forced.front().log_probabilities) sum += log_probability;
    BOOST_TEST(std::abs(sum - correction.log_probability) < 1e-3);
  }
}

BOOST_AUTO_TEST_CASE(unknown_characters_are_copied_beside_corrections) {
  const CorrectorOptions copies{.copies_unknown = true};
  // U+FFFD is how a text is told to the fake and by it: UNK for both.
  Fake fake({{"na\ufffdve teh", {{"na\ufffdve the", 0.5f}}},
             {"pr\ufffdcsie", {{"pr\ufffdcise", 0.5f}}},
             {"pr\ufffdc\ufffds", {{"pr\ufffdcs", 0.5f}}},
             {"on\ufffd teh", {{"on\ufffd\ufffd the", 0.5f}}}});
  const auto corrected = [&](const std::string& line) { return correct(fake, copies, line).at(0).text; };
  BOOST_TEST(corrected("na\u00efve teh") == "na\u00efve the");
  BOOST_TEST(corrected("pr\u00ebcsie") == "pr\u00ebcise");
  BOOST_TEST(corrected("pr\u00ebc\u00ebs") == "pr\u00ebc\u00ebs");                 // one would be lost
  BOOST_TEST(corrected("on\u00eb teh") == "on\u00eb the");                         // one would be doubled
  BOOST_TEST(corrected("\u732b\u732b teh") == "\u732b\u732b teh");                 // nothing that it reads
  BOOST_TEST(correct(fake, {}, "na\u00efve teh").at(0).text == "na\u00efve teh");  // a model that cannot
  // With its probability, and as one of the outputs that come in question.
  const Correction sure = correct(fake, {.confidence = true, .copies_unknown = true}, "na\u00efve teh").at(0);
  BOOST_TEST(near(probability(sure), std::pow(0.5, 10)));
  // A model that looks at the wrong place changes nothing of the word.
  Fake confused({{"x\ufffdyz\ufffd teh", {{"x\ufffdyz\ufffd the", 0.5f}}}});
  BOOST_TEST(correct(confused, copies, "x\u00efyz\u00ef teh").at(0).text == "x\u00efyz\u00ef the");
  confused.looks_at_end = true;
  BOOST_TEST(correct(confused, copies, "x\u00efyz\u00eb teh").at(0).text == "x\u00efyz\u00eb the");
}

// Whatever the model does with UNKs: every character that it does not know comes once, in its order.
BOOST_AUTO_TEST_CASE(unknown_characters_are_neither_lost_nor_doubled) {
  BOOST_TEST(rc::check("unknown", [] {
    const auto characters = *rc::gen::container<std::u32string>(rc::gen::element<char32_t>(
        U'a', U'b', U'c', U'd', U' ', U'\u732b', U'\u00ef', U'\u2019', U'\ufffd', U'e', U'\u0323', U'\t'));
    const std::string line = encode_utf8(characters);
    const auto seed = *rc::gen::arbitrary<std::uint32_t>();
    const auto decoder = [&](std::span<const Ids> sources, const DecodeOptions&) {
      std::vector<Decoded> outputs;
      std::uint32_t state = seed;
      const auto draw = [&](std::uint32_t bound) {
        return (state = state * 1664525u + 1013904223u) / 65536u % bound;
      };
      for (const Ids& source : sources) {  // some characters are lost, some doubled, some become UNK
        Decoded& output = outputs.emplace_back();
        for (const std::int32_t id : source)
          for (std::uint32_t n = draw(6) == 0 ? draw(3) : 1; n > 0; --n)
            output.ids.push_back(draw(8) == 0 ? kUnk : id);
      }
      return outputs;
    };
    const auto forcer = [&](std::span<const Ids> sources, std::span<const Ids> outputs, bool) {
      std::vector<Forced> all(sources.size());
      for (std::size_t i = 0; i < sources.size(); ++i)
        for (std::size_t t = 0; seed % 2 == 0 && t <= outputs[i].size(); ++t) {
          all[i].weights.emplace_back(sources[i].size(), 0.0f);
          all[i].weights.back()[std::min(t, sources[i].size() - 1)] = 1.0f;
        }
      return all;
    };
    const Corrector corrector(decoder, vocabulary(), 20, {.copies_unknown = true}, forcer);
    const auto unknown = [](const std::string& text) {
      std::u32string all;
      for (const char32_t c : decode_utf8(text))
        if (!vocabulary().contains(c) && c != U'\u0323') all += c;  // which may become part of another
      return all;
    };
    RC_ASSERT(unknown(corrector.correct(Lines{line}).front()) == unknown(line));
  }));
}

}  // namespace favras::seq2seq
