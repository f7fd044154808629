// The server's URL in all its forms.
#include "apps/mailer/smtp_url.h"

#include <string>

#include <boost/test/unit_test.hpp>

#include "apps/mailer/error.h"

namespace favras::mailer {

BOOST_AUTO_TEST_CASE(urls_that_are_taken) {
  BOOST_TEST((parse_smtp_url("smtps://ann@mx.example:4650") == SmtpServer{true, "ann", "mx.example", 4650}));
  BOOST_TEST((parse_smtp_url("smtp://mx.example") == SmtpServer{false, "", "mx.example", 587}));
  BOOST_TEST((parse_smtp_url("smtps://mx.example/") == SmtpServer{true, "", "mx.example", 465}));
  BOOST_TEST((parse_smtp_url("smtps://a@b.c@mx") == SmtpServer{true, "a@b.c", "mx", 465}));
  BOOST_TEST((parse_smtp_url("smtps://a%40b%3A%2f@mx") == SmtpServer{true, "a@b:/", "mx", 465}));
  BOOST_TEST((parse_smtp_url("smtp://u@[::1]:25") == SmtpServer{false, "u", "::1", 25}));
  BOOST_TEST((parse_smtp_url("smtp://[fe80::1]") == SmtpServer{false, "", "fe80::1", 587}));
}

BOOST_AUTO_TEST_CASE(urls_that_are_refused) {
  for (const char* bad : {"",
                          "mx.example",
                          "http://mx",
                          "smtps:mx",
                          "smtps://",
                          "smtps://u@",
                          "smtps://mx:0",
                          "smtps://mx:65536",
                          "smtps://mx:x",
                          "smtps://mx:",
                          "smtps://mx:46 5",
                          "smtps://m x",
                          "smtps://mx\r\n",
                          "smtps://[::1",
                          "smtps://[::1]x",
                          "smtps://u%4@mx",
                          "smtps://u%zz@mx",
                          "smtps://u%0d%0a@mx",
                          "smtps://mx/path",
                          "smtps://[]"}) {
    BOOST_TEST_CONTEXT(bad) BOOST_CHECK_THROW(parse_smtp_url(bad), UsageError);
  }
}

BOOST_AUTO_TEST_CASE(a_password_is_refused_and_not_repeated) {
  try {
    parse_smtp_url("smtps://ann:geheim@mx.example");
    BOOST_ERROR("taken");
  } catch (const UsageError& error) {
    BOOST_TEST(std::string(error.what()).find("geheim") == std::string::npos);
  }
}

}  // namespace favras::mailer
