// Replies out of any pieces, and what is no reply.
#include "apps/mailer/reply.h"

#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

namespace favras::mailer {
namespace {

Reply parsed(const std::string& bytes) {
  ReplyParser parser;
  parser.feed(bytes);
  const auto reply = parser.next();
  BOOST_REQUIRE(reply.has_value());
  BOOST_TEST(!parser.has_unread());
  return *reply;
}

}  // namespace

BOOST_AUTO_TEST_CASE(several_lines_are_one_reply) {
  const Reply reply = parsed("550-Go away,\r\n550-really\r\n550\r\n");
  BOOST_TEST(reply.code == 550);
  BOOST_TEST(reply.lines == (std::vector<std::string>{"Go away,", "really", ""}),
             boost::test_tools::per_element());
  BOOST_TEST(reply.is_permanent_failure());
  BOOST_TEST(parsed("250 OK\n").is_positive());
  BOOST_TEST(!parsed("354 go on\r\n").is_positive());
  BOOST_TEST(!parsed("450 \r\n").is_permanent_failure());
}

BOOST_AUTO_TEST_CASE(nothing_before_the_last_line_is_a_reply) {
  const std::string whole = "250-first\r\n250-second\r\n250 third\r\n";
  ReplyParser parser;
  for (std::size_t i = 0; i + 1 < whole.size(); ++i) {
    parser.feed(whole.substr(i, 1));
    BOOST_TEST(!parser.next().has_value());
    BOOST_TEST(parser.has_unread());
  }
  parser.feed("\n220");
  BOOST_TEST(parser.next().value().lines.size() == 3u);
  BOOST_TEST(parser.has_unread());
}

BOOST_AUTO_TEST_CASE(what_breaks_the_rules_is_refused) {
  for (const std::string& bad :
       {std::string("hello\r\n"), std::string("\r\n"), std::string("25\r\n"), std::string("2500 x\r\n"),
        std::string("150 x\r\n"), std::string("650 x\r\n"), std::string("2x0 x\r\n"),
        std::string("250_x\r\n"), std::string("250-x\r\n251 y\r\n"), std::string("\0\0\0\n", 4),
        " 250 x\r\n" + std::string(), "250 " + std::string(ReplyParser::kLongestLine, 'x') + "\r\n",
        "250-" + std::string(ReplyParser::kLongestLine, 'x')}) {
    ReplyParser parser;
    parser.feed(bad);
    BOOST_CHECK_THROW(parser.next(), ProtocolError);
  }
  ReplyParser parser;
  for (std::size_t i = 0; i < ReplyParser::kLongestReply / 1000; ++i) {
    parser.feed("250-" + std::string(994, 'x') + "\r\n");
    BOOST_TEST(!parser.next().has_value());
  }
  parser.feed("250 " + std::string(994, 'x') + "\r\n");
  BOOST_CHECK_THROW(parser.next(), ProtocolError);
}

BOOST_AUTO_TEST_CASE(how_bytes_are_cut_into_pieces_makes_no_difference) {
  BOOST_TEST(rc::check([] {
    const auto pieces = *rc::gen::container<std::vector<std::string>>(
        rc::gen::element<std::string>("250-a\r\n", "250 b\r\n", "250\r\n", "550-x\n", "550 y\n", "2", "50 ",
                                      "\r", "\n", "-", "abc", "\0", "\xff"));
    std::string bytes;
    for (const std::string& piece : pieces) bytes += piece;
    const auto replies = [&](std::size_t size) {  // as text, of bytes that come so many at a time
      std::string all;
      ReplyParser parser;
      try {
        for (std::size_t i = 0; i < bytes.size(); i += size) {
          parser.feed(std::string_view(bytes).substr(i, size));
          while (const auto reply = parser.next()) {
            RC_ASSERT(reply->code == 250 || reply->code == 550);
            RC_ASSERT(!reply->lines.empty());
            for (const std::string& line : reply->lines) all += line + "|";
            all += "\n";
          }
        }
      } catch (const ProtocolError&) {
        all += "refused";
      }
      return all;
    };
    const std::string whole = replies(bytes.size() + 1);
    RC_ASSERT(replies(1) == whole);
    RC_ASSERT(replies(3) == whole);
  }));
}

BOOST_AUTO_TEST_CASE(capabilities_of_ehlo) {
  const Capabilities all = read_capabilities(
      parsed("250-STARTTLS.example greets\r\n250-Size 1000\r\n250-auth=LOGIN\r\n250-AUTH plain XOAUTH2\r\n"
             "250-SMTPUTF8\r\n250 starttls\r\n"));
  BOOST_TEST(all.starttls);
  BOOST_TEST(all.smtputf8);
  BOOST_TEST(all.size.value() == 1000u);
  BOOST_TEST((all.mechanisms == std::set<std::string>{"LOGIN", "PLAIN", "XOAUTH2"}));
  const Capabilities none = read_capabilities(parsed("250-STARTTLS\r\n250 XSTARTTLS\r\n"));
  BOOST_TEST(!none.starttls);  // the first line is a greeting
  BOOST_TEST(!none.size.has_value());
  BOOST_TEST(read_capabilities(parsed("250-x\r\n250 SIZE\r\n")).size.value() == 0u);
}

}  // namespace favras::mailer
