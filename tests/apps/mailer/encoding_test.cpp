// base64, quoted-printable and encoded words: known values, limits of lines, and the way back.
#include "apps/mailer/encoding.h"

#include <string>

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

#include "apps/mailer/utf8.h"
#include "tests/apps/mailer/messages.h"

namespace favras::mailer {
namespace {

std::size_t longest_line(const std::string& text) {
  std::size_t longest = 0, start = 0;
  for (std::size_t end; (end = text.find("\r\n", start)) != text.npos; start = end + 2)
    longest = std::max(longest, end - start);
  return std::max(longest, text.size() - start);
}

bool is_mail_text(const std::string& text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool line_end = text.compare(i, 2, "\r\n") == 0;
    if (line_end && i > 0 && (text[i - 1] == ' ' || text[i - 1] == '\t')) return false;
    if (line_end)
      ++i;
    else if (!is_printable(text[i]) && text[i] != '\t')
      return false;
  }
  return true;
}

}  // namespace

BOOST_AUTO_TEST_CASE(base64_by_rfc_4648) {
  BOOST_TEST(base64("") == "");
  BOOST_TEST(base64("f") == "Zg==");
  BOOST_TEST(base64("fo") == "Zm8=");
  BOOST_TEST(base64("foobar") == "Zm9vYmFy");
  BOOST_TEST(decode_base64("Zm8=\r\n") == "fo");
  for (const char* bad : {"Zg=", "Zg", "Z===", "Zg==Zg==", "Zm9\x01", "===="})
    BOOST_CHECK_THROW(decode_base64(bad), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(base64_lines_have_76_columns) {
  const std::string lines = base64_lines(std::string(58, 'x'));
  BOOST_TEST(lines.find("\r\n") == 76);
  BOOST_TEST(lines.ends_with("\r\n"));
  BOOST_TEST(base64_lines("") == "");
  BOOST_TEST(base64_lines(std::string(57, 'x')).size() == 78);
}

BOOST_AUTO_TEST_CASE(quoted_printable_by_example) {
  BOOST_TEST(quoted_printable("Größe = 3\n") == "Gr=C3=B6=C3=9Fe =3D 3\r\n");
  BOOST_TEST(quoted_printable("end \nof\t\r\nlines") == "end=20\r\nof=09\r\nlines\r\n");
  BOOST_TEST(quoted_printable("a\rb") == "a=0Db\r\n");
  BOOST_TEST(quoted_printable("a\r\r\nb\r") == "a\r\nb\r\n");
  BOOST_TEST(quoted_printable("From me\n>From\nFrom") == "=46rom me\r\n>From\r\nFrom\r\n");
  BOOST_TEST(quoted_printable("") == "");
  BOOST_TEST(quoted_printable(std::string(76, 'x')) == std::string(76, 'x') + "\r\n");
  BOOST_TEST(quoted_printable(std::string(77, 'x')) == std::string(75, 'x') + "=\r\nxx\r\n");
  BOOST_TEST(quoted_printable(std::string(75, 'x') + "=y") == std::string(75, 'x') + "=\r\n=3Dy\r\n");
  for (const char* bad : {"=", "=4", "=G0", "a=\r"})
    BOOST_CHECK_THROW(decode_quoted_printable(bad), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(any_bytes_survive_quoted_printable_and_base64) {
  const auto check = [](const std::string& bytes) {
    RC_ASSERT(decode_base64(base64_lines(bytes)) == bytes);
    std::string text;
    for (const char c : bytes)
      if (c != '\r') text += c;
    const std::string encoded = quoted_printable(text);
    RC_ASSERT(longest_line(encoded) <= 76u);
    RC_ASSERT(is_mail_text(encoded));
    RC_ASSERT(decode_quoted_printable(encoded) == text + (text.empty() || text.ends_with('\n') ? "" : "\n"));
  };
  BOOST_TEST(rc::check([&](const std::string& bytes) { check(bytes); }));
  BOOST_TEST(rc::check([&] { check(*test::any_text(true)); }));
}

BOOST_AUTO_TEST_CASE(encoded_words_hold_whole_characters) {
  BOOST_TEST(encoded_words("ä").at(0) == "=?utf-8?B?w6Q=?=");
  BOOST_TEST(rc::check([] {
    const std::string text = *test::any_text(false);
    std::string joined;
    for (const std::string& word : encoded_words(text)) {
      RC_ASSERT(word.size() <= 75u);
      const std::string part = decode_words(word);
      RC_ASSERT(well_formed(part) == part);
      joined += part;
    }
    RC_ASSERT(joined == text);
  }));
}

BOOST_AUTO_TEST_CASE(headers_are_folded_and_read_back) {
  BOOST_TEST(text_header("Subject", "Epoch 3 of 4") == "Subject: Epoch 3 of 4\r\n");
  BOOST_TEST(text_header("Subject", "") == "Subject:\r\n");
  for (const std::string& text :
       {std::string("a =?x?="), "a" + std::string(100, ' ') + "b", std::string(" a"), std::string("a ")})
    BOOST_TEST(text_header("Subject", text).starts_with("Subject: =?utf-8?B?"));  // folding would not keep it
  BOOST_TEST(rc::check([] {
    const std::string text = *test::any_text(false);
    std::string header = text_header("Subject", text);
    RC_ASSERT(longest_line(header) <= 76u);
    RC_ASSERT(is_mail_text(header));
    std::string unfolded = header.substr(8, header.size() - 10);
    for (std::size_t at; (at = unfolded.find("\r\n")) != unfolded.npos;) unfolded.erase(at, 2);
    RC_ASSERT(decode_words(unfolded.substr(std::min<std::size_t>(unfolded.size(), 1))) == text);
  }));
}

BOOST_AUTO_TEST_CASE(what_is_not_utf8_is_replaced) {
  BOOST_TEST(well_formed("a\xFFz\xC3") == "a\uFFFDz\uFFFD");
  BOOST_TEST(well_formed("\xED\xA0\x80") == "\uFFFD\uFFFD\uFFFD");  // a surrogate
  BOOST_TEST(well_formed("ä€\U0001F600") == "ä€\U0001F600");
}

}  // namespace favras::mailer
