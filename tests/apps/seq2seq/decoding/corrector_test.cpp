// Text in, text out: nothing of a line is lost, whatever the model makes of the parts it is given.
#include "apps/seq2seq/decoding/corrector.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

#include "apps/seq2seq/data/utf8.h"

namespace favras::seq2seq {

namespace {

using Lines = std::vector<std::string>;

const Vocabulary& vocabulary() {
  static const Vocabulary letters(U" etaoinshrdlcumwfgypbvkjxqzTI.,-'\u00e9");
  return letters;
}

// Untrained: what it writes means nothing, but is the same for the same line.
const Model& model() {
  static const Model small({.vocabulary = vocabulary().size(),
                            .rnn_size = 24,
                            .num_layers = 2,
                            .encoding_embedding_size = 8,
                            .decoding_embedding_size = 8},
                           7);
  return small;
}

Corrector corrector(std::int64_t maximum_length = 60) { return {model(), vocabulary(), maximum_length}; }
std::string decode(const std::string& line) { return corrector().decode(Lines{line}).front(); }
std::string correct(const std::string& line) { return corrector().correct(Lines{line}).front(); }

using TextFunction = std::function<std::string(const std::string&)>;

// In place of a model: what it writes for a line, each of its characters as probable as `probability` says.
Corrector fake(
    TextFunction function, std::int64_t maximum_length, const CorrectorOptions& options = {},
    std::function<float(char32_t)> log_probability = [](char32_t) { return 0.0f; }) {
  const auto decoder = [=](std::span<const Ids> sources, const DecodeOptions& how) {
    std::vector<Decoded> outputs;
    for (const Ids& source : sources) {
      const std::string text = function(vocabulary().decode(source));
      Decoded& output = outputs.emplace_back(Decoded{vocabulary().encode(text), {}});
      if (!how.probabilities) continue;
      for (const char32_t c : decode_utf8(text)) output.log_probabilities.push_back(log_probability(c));
      output.log_probabilities.push_back(0.0f);
    }
    return outputs;
  };
  return {decoder, vocabulary(), maximum_length, options};
}

// The text with each of its words, between spaces, replaced.
std::string map_words(const std::string& text, const TextFunction& function) {
  std::string result;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    if (end > begin) result += function(text.substr(begin, end - begin));
    if (end < text.size()) result += ' ';
    begin = end + 1;
  }
  return result;
}

Lines split(const std::string& text) {
  Lines parts;
  map_words(text, [&](const std::string& word) { return parts.emplace_back(word); });
  return parts;
}

// What a word of letters becomes: mostly itself, else with a letter more, less or other, in two parts, or
// with a word before it.
std::string mistaken(const std::string& word) {
  const std::size_t place = word.size() / 2;
  switch (place < 2 ? 9 : std::hash<std::string>()(word) % 20) {
    case 0:
      return word.substr(0, place) + "z" + word.substr(place);
    case 1:
      return word.substr(0, place) + word.substr(place + 1);
    case 2:
      return word.substr(0, place) + "z" + word.substr(place + 1);
    case 3:
      return word.substr(0, place) + " " + word.substr(place);
    case 4:
      return "zoo " + word;
    default:
      return word;
  }
}

// Long enough that no word is found in another.
rc::Gen<std::string> word() {
  return rc::gen::mapcat(rc::gen::inRange<std::size_t>(4, 12), [](std::size_t size) {
    return rc::gen::container<std::string>(size,
                                           rc::gen::elementOf(std::string("etaoinshrdlcumwfgypbvkjxq")));
  });
}

// Words with a space between them, or two.
rc::Gen<std::string> words() {
  using Parts = std::vector<std::pair<std::string, bool>>;
  return rc::gen::map(rc::gen::container<Parts>(rc::gen::pair(word(), rc::gen::arbitrary<bool>())),
                      [](const Parts& parts) {
                        std::string line;
                        for (const auto& [text, wide] : parts) line += text + (wide ? "  " : " ");
                        return line;
                      });
}

}  // namespace

BOOST_AUTO_TEST_CASE(correct_joins_what_the_model_made_of_the_pieces) {
  BOOST_TEST(correct("") == "");
  BOOST_TEST(correct("  \t ") == "  \t ");
  BOOST_TEST(correct("\u732b \u72ac\u3000\u9ce5") == "\u732b \u72ac\u3000\u9ce5");
  BOOST_TEST(correct("teh cat") == decode("teh cat"));
  BOOST_TEST(decode("teh cat") != "teh cat");  // else the test would show little
  BOOST_TEST(correct(" \u201cteh cat\u201d\tna\u00efve sat ") ==
             " \u201c" + decode("teh cat") + "\u201d\tna\u00efve " + decode("sat") + " ");
}

BOOST_AUTO_TEST_CASE(lines_keep_their_order_and_number) {
  Lines lines;
  for (int i = 0; i < 300; ++i)  // several batches, lengths up and down
    lines.push_back(std::string(static_cast<std::size_t>(i * 7 % 40), "etaoin"[i % 6]) + (i % 3 ? "" : " x"));
  const Lines decoded = corrector().decode(lines), corrected = corrector().correct(lines);
  BOOST_REQUIRE(decoded.size() == lines.size());
  BOOST_REQUIRE(corrected.size() == lines.size());
  for (const std::size_t i : {0u, 1u, 2u, 3u, 127u, 128u, 200u, 299u}) {
    BOOST_TEST_INFO_SCOPE("line " << i);
    BOOST_TEST(decoded[i] == decode(lines[i]));
    BOOST_TEST(corrected[i] == correct(lines[i]));
  }
  BOOST_TEST(corrector().decode(Lines{}).empty());
  BOOST_TEST(corrector().correct(Lines{}).empty());
}

BOOST_AUTO_TEST_CASE(a_model_that_changes_nothing_leaves_every_byte) {
  BOOST_TEST(rc::check("identity", [] {
    const auto characters = *rc::gen::container<std::u32string>(rc::gen::element<char32_t>(
        U'a', U'e', U'T', U'h', U' ', U' ', U'.', U'!', U'\t', U'\u00e9', U'e', U'\u0301', U'\u732b',
        U'\u201c', U'\0', U'\r', U'\u00a0', U'-', U'\u0323'));
    const std::string line = encode_utf8(characters);
    const Corrector same = fake([](const std::string& text) { return text; }, *rc::gen::inRange(1, 40));
    RC_ASSERT(same.correct(Lines{line}).front() == line);
  }));
  std::string long_line;
  for (int i = 0; i < 50; ++i) long_line += "the cat sat on a mat";  // no space at the seams: words of 6
  BOOST_TEST(fake([](const std::string& text) { return text; }, 60).correct(Lines{long_line}).front() ==
             long_line);
}

// Each word as it was or as it becomes, once and in its place; in a line of one window, as it becomes.
BOOST_AUTO_TEST_CASE(windows_joined_lose_and_double_nothing) {
  BOOST_TEST(rc::check("seams", [] {
    const std::string line = *words();
    const std::size_t maximum_length = *rc::gen::inRange<std::size_t>(12, 60);
    const std::string corrected = fake([](const std::string& text) { return map_words(text, mistaken); },
                                       static_cast<std::int64_t>(maximum_length))
                                      .correct(Lines{line})
                                      .front();
    const Lines output = split(corrected);
    auto next = output.begin();
    for (const std::string& word : split(line)) {
      const Lines expected = split(mistaken(word));
      const auto left = static_cast<std::size_t>(output.end() - next);
      if (left >= expected.size() && std::equal(expected.begin(), expected.end(), next)) {
        next += static_cast<std::ptrdiff_t>(expected.size());
      } else {
        RC_ASSERT(left > 0u);
        RC_ASSERT(*next++ == word);
      }
    }
    RC_ASSERT(next == output.end());
    if (line.size() <= maximum_length) RC_ASSERT(corrected == map_words(line, mistaken));
  }));
}

// Where windows do not agree on the place of a change, it is not made. That is rare.
BOOST_AUTO_TEST_CASE(nearly_all_words_of_a_long_line_are_corrected) {
  std::uint32_t state = 1;
  const auto draw = [&](std::uint32_t bound) {
    return (state = state * 1664525u + 1013904223u) / 65536u % bound;
  };
  std::string line;
  for (int i = 0; i < 3000; ++i) {
    for (std::uint32_t n = 4 + draw(8); n > 0; --n) line += "etaoinshrdlcumwfgypbvkjxq"[draw(25)];
    line += ' ';
  }
  const std::string corrected = fake([](const std::string& text) { return map_words(text, mistaken); }, 60)
                                    .correct(Lines{line})
                                    .front();
  std::size_t mistakes = 0, left = 0;
  map_words(line, [&](const std::string& word) {
    mistakes += mistaken(word) != word;
    return word;
  });
  const std::u32string expected = decode_utf8(map_words(line, mistaken));
  left = find_changes(decode_utf8(corrected), expected).size();
  BOOST_TEST(mistakes > 500u);
  BOOST_TEST(left < mistakes / 50);
}

// Words that go take a space with them, and which one cannot be seen: where windows meet it may be that the
// word stays. But it never comes twice, nor goes with a neighbour.
BOOST_AUTO_TEST_CASE(words_that_windows_leave_out_are_left_out_or_stay) {
  BOOST_TEST(rc::check("deletions", [] {
    const auto goes = [](const std::string& text) { return std::hash<std::string>()(text) % 5 == 0; };
    std::vector<std::string> all = *rc::gen::container<std::vector<std::string>>(word());
    const auto joined = [](const std::vector<std::string>& parts) {
      std::string line;
      for (const std::string& text : parts) line += (line.empty() ? "" : " ") + text;
      return line;
    };
    const auto without = [&](const std::string& text) {
      std::vector<std::string> left;
      map_words(text, [&](const std::string& one) {
        if (!goes(one)) left.push_back(one);
        return one;
      });
      return joined(left);
    };
    const std::string line = joined(all), corrected = fake(without, 30).correct(Lines{line}).front();
    // The words left out and those that stayed, in their order.
    std::size_t place = 0, stayed = 0;
    map_words(corrected, [&](const std::string& one) {
      while (place < all.size() && all[place] != one) {
        RC_ASSERT(goes(all[place]));
        ++place;
      }
      RC_ASSERT(place < all.size());
      stayed += goes(all[place++]);
      return one;
    });
    for (; place < all.size(); ++place) RC_ASSERT(goes(all[place]));
    if (line.size() <= 30) RC_ASSERT(stayed == 0u);
  }));
}

BOOST_AUTO_TEST_CASE(unchanged_words_keep_their_bytes_beside_changed_ones) {
  const auto mend = [](const std::string& text) {
    return map_words(text, [](const std::string& one) { return one == "teh" ? "the" : one; });
  };
  // The first e and its accent are two characters, which the model reads as one.
  BOOST_TEST(fake(mend, 60).correct(Lines{"cafe\u0301  teh cafe\u0301 teh"}).front() ==
             "cafe\u0301  the cafe\u0301 the");
  BOOST_TEST(fake(mend, 60).correct(Lines{"teh cafe\u0301"}).front() == "the cafe\u0301");
  BOOST_TEST(fake(mend, 60).correct(Lines{" teh \u732b teh\u201d"}).front() == " the \u732b the\u201d");
}

BOOST_AUTO_TEST_CASE(a_character_that_the_model_does_not_know_is_never_written) {
  const auto spoil = [](const std::string& text) {
    return map_words(text, [](const std::string& one) {
      return one == "cat" ? "c?t" : one == "teh" ? "the" : one;
    });
  };
  BOOST_TEST(fake(spoil, 60).correct(Lines{"teh cat sat"}).front() == "the cat sat");
  BOOST_TEST(fake(spoil, 60).decode(Lines{"teh cat sat"}).front() == "the c\ufffdt sat");
}

BOOST_AUTO_TEST_CASE(changes_are_made_if_the_model_is_sure_of_them) {
  const auto mend = [](const std::string& text) {
    return map_words(text, [](const std::string& one) {
      return one == "teh" ? "the" : one == "cta" ? "cat" : one;
    });
  };
  // Half sure of every e, surer of an a.
  const auto probability = [](char32_t c) {
    return c == U'e' ? std::log(0.5f) : c == U'a' ? std::log(0.75f) : 0.0f;
  };
  const Lines lines{"teh cta eee", "eee", ""};
  for (const auto& [least, expected] : std::vector<std::pair<double, std::string>>{{0.0, "the cat eee"},
                                                                                   {0.49, "the cat eee"},
                                                                                   {0.51, "teh cat eee"},
                                                                                   {0.76, "teh cta eee"},
                                                                                   {1.0, "teh cta eee"}}) {
    const Corrector unsure = fake(mend, 60, {.keep_unless = least}, probability);
    BOOST_TEST_INFO_SCOPE("keep unless " << least);
    BOOST_TEST(unsure.correct(lines) == (Lines{expected, "eee", ""}), boost::test_tools::per_element());
    BOOST_TEST(unsure.decode(lines) == (Lines{expected, "eee", ""}), boost::test_tools::per_element());
  }
}

// Without --keep-unless, an output is what the model wrote, and its probabilities need not be known.
BOOST_AUTO_TEST_CASE(probabilities_are_asked_for_when_they_are_needed) {
  for (const double least : {0.0, 0.5}) {
    std::vector<bool> asked;
    const Corrector corrector(
        [&](std::span<const Ids> sources, const DecodeOptions& how) {
          asked.push_back(how.probabilities);
          BOOST_TEST(how.beam == 3);
          return std::vector<Decoded>(sources.size());
        },
        vocabulary(), 60, {.beam = 3, .keep_unless = least});
    corrector.decode(Lines{"cat"});
    corrector.correct(Lines{"cat"});
    BOOST_TEST(asked == std::vector<bool>(2, least > 0.0), boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(a_real_model_has_the_options) {
  const Lines lines{"teh cat sat"};
  const auto with = [&](const CorrectorOptions& options) {
    return Corrector(model(), vocabulary(), 60, options).decode(lines);
  };
  BOOST_TEST(with({.keep_unless = 1.0}) == lines, boost::test_tools::per_element());
  BOOST_TEST(with({.keep_unless = 1e-300}) == with({}), boost::test_tools::per_element());
  BOOST_TEST(with({.beam = 4}) != with({}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(decode_takes_a_long_line_whole) {
  const std::string line(200, 'e');
  BOOST_TEST(count_characters(decode(line)) <= 310u);  // decode_limit(200)
  BOOST_TEST(decode(line) != correct(line));
}

}  // namespace favras::seq2seq
