// What a server says, as it may be shown.
#include "apps/mailer/redaction.h"

#include <string>

#include <boost/test/unit_test.hpp>

#include "apps/mailer/encoding.h"

namespace favras::mailer {

BOOST_AUTO_TEST_CASE(secrets_and_their_base64_are_hidden) {
  Redaction redaction;
  redaction.hide("");
  redaction.hide("geheim");
  redaction.hide("geheimer");
  BOOST_TEST(redaction.shown("a geheim b " + base64("geheim") + " geheimgeheimer") == "a *** b *** ******");
  BOOST_TEST(redaction.shown(Reply{535, {"no geheim", "", "x"}}) == "535 no *** x");
  redaction.hide("*");
  BOOST_TEST(redaction.shown("a*b") == "a***b");
}

BOOST_AUTO_TEST_CASE(terminals_are_left_alone) {
  const Redaction redaction;
  BOOST_TEST(redaction.shown(std::string_view("\x1b[31m\0\x7f\xff\xc2\x9b ä\t", 14)) == "?[31m???? ä?");
  for (const char c : {'x', '\n', '\xff'}) BOOST_TEST(redaction.shown(std::string(1000, c)).size() == 304);
}

}  // namespace favras::mailer
