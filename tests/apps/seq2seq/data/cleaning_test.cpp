// Cleaning of text and of the columns of pairs; UTF-8 conversion under it.
#include "apps/seq2seq/data/cleaning.h"

#include <map>

#include <boost/test/unit_test.hpp>
#include <rapidcheck/boost_test.h>
#include <utf8proc.h>

#include "tests/apps/seq2seq/data/data_test_support.h"

using namespace favras::seq2seq;
using namespace favras::seq2seq::testing;

BOOST_AUTO_TEST_CASE(folds_and_drops_as_the_reference_says) {
  const std::map<std::string, std::string> expected = {
      {"", ""},
      {" \t \r ", ""},
      {"  two\t\twords \r", "two words"},
      {"a\u00A0\u2003b\u3000c\u2028d", "a b c d"},
      {"em\u2014en\u2013minus\u2212fullwidth\uFF0D", "em-en-minus-fullwidth-"},
      {"don\u2019t \u2018so\u2019 \u00B4x` \u02BCy\u2032", "don't 'so' 'x' 'y'"},
      {"\u201Cquoted\u201D \u00ABso\u00BB \u201Etoo\u201F", "\"quoted\" \"so\" \"too\""},
      {"[a] {b} \u27E8c\u27E9 \u300Cd\u300D \uFF08e\uFF09", "(a) (b) (c) (d) (e)"},
      {"$1 \u00A32 \u20AC3 \u20B94", "$1 \u00A32 \u20AC3 \u20B94"},
      {"-!?/;\"'%&<>.()@#:,|=*", "-!?/;\"'%&<>.()@#:,|=*"},
      {"a+b_c~d^e\\f\u00A7g\u2122h\u263Ai", "abcdefghi"},
      {"a \u2605 b", "a b"},  // what is dropped leaves no double space
      {"Stra\u00DFe \u0416\u4E2D\u0661",
       "Stra\u00DFe \u0416\u4E2D\u0661"},  // letters and digits of any script
      {"e\u0301a\u030A", "\u00E9\u00E5"},  // composed
      {"x\u0301", "x"},                    // a mark that cannot compose is no letter
      {"\u1100\u200B\u1161", "\uAC00"},    // Hangul that was kept apart composes
      {"\uFEFFstart", "start"},
      {"soft\u00ADhyphen", "softhyphen"},
  };
  for (const auto& [input, output] : expected) BOOST_CHECK_EQUAL(clean_text(input), output);
}

BOOST_AUTO_TEST_CASE(a_field_keeps_its_characters) {
  BOOST_CHECK_EQUAL(clean_field("  a+b_\u2605 \u201Cq\u201D\u2014\t[x] "),
                    "a+b_\u2605 \u201Cq\u201D\u2014 [x]");
  BOOST_CHECK_EQUAL(clean_field("e\u0301\r"), "\u00E9");
  BOOST_CHECK_EQUAL(clean_field("\uFEFFx"), "x");
}

RC_BOOST_PROP(cleaning_is_idempotent, ()) {
  const std::string text = *any_text();
  RC_ASSERT(clean_text(clean_text(text)) == clean_text(text));
  RC_ASSERT(clean_field(clean_field(text)) == clean_field(text));
}

RC_BOOST_PROP(cleaned_text_has_single_inner_spaces_and_nothing_forbidden, ()) {
  const std::u32string cleaned = decode_utf8(clean_text(*any_text()));
  char32_t previous = U' ';
  for (const char32_t c : cleaned) {
    RC_ASSERT(c != U' ' || previous != U' ');
    const std::string category = utf8proc_category_string(static_cast<utf8proc_int32_t>(c));
    const bool word_or_currency = category[0] == 'L' || category == "Nd" || category == "Sc";
    RC_ASSERT(word_or_currency ||
              std::u32string_view(U" -!?/;\"'%&<>.()@#:,|=*").find(c) != std::u32string_view::npos);
    previous = c;
  }
  RC_ASSERT(cleaned.empty() || previous != U' ');
}

// The short way for ASCII must agree with the general one, which a later accented letter forces.
RC_BOOST_PROP(ascii_is_cleaned_like_any_text, ()) {
  std::string text = *rc::gen::container<std::string>(rc::gen::inRange('\x01', '\x7f'));
  RC_ASSERT(clean_text(text + "\u00E9") ==
            clean_text(text + "e").substr(0, clean_text(text + "e").size() - 1) + "\u00E9");
}

RC_BOOST_PROP(normal_form_is_that_of_the_library, ()) {
  const std::string text = *any_text();
  utf8proc_uint8_t* expected = utf8proc_NFC(reinterpret_cast<const utf8proc_uint8_t*>(text.c_str()));
  const std::string nfc = reinterpret_cast<const char*>(expected);
  std::free(expected);
  RC_ASSERT(encode_utf8(normalize(decode_utf8(text))) == nfc);
}

RC_BOOST_PROP(utf8_round_trips_and_is_counted, ()) {
  const std::string text = *any_text();
  RC_ASSERT(!first_invalid_byte(text).has_value());
  RC_ASSERT(encode_utf8(decode_utf8(text)) == text);
  RC_ASSERT(count_characters(text) == decode_utf8(text).size());
  RC_ASSERT(is_ascii(text) == (text.size() == decode_utf8(text).size()));
}

BOOST_AUTO_TEST_CASE(invalid_bytes_are_found_and_replaced) {
  const std::map<std::string, std::size_t> invalid = {{"\xFF", 0},
                                                      {"abcdefgh\x80", 8},
                                                      {"a\xC3", 1},                 // cut off
                                                      {"ab\xC0\xAF", 2},            // overlong
                                                      {"\xC3\xA9\xED\xA0\x80", 2},  // surrogate
                                                      {"\xF4\x90\x80\x80", 0}};     // above U+10FFFF
  for (const auto& [bytes, position] : invalid) {
    BOOST_REQUIRE(first_invalid_byte(bytes).has_value());
    BOOST_CHECK_EQUAL(*first_invalid_byte(bytes), position);
  }
  BOOST_CHECK_EQUAL(encode_utf8(decode_utf8("a\xFF"
                                            "b")),
                    "a\uFFFDb");
}
