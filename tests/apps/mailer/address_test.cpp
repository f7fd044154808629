// Addresses: what is taken, what is refused, and how headers hold them.
#include "apps/mailer/address.h"

#include <string>

#include <boost/test/unit_test.hpp>

#include "apps/mailer/error.h"

namespace favras::mailer {

BOOST_AUTO_TEST_CASE(addresses_with_and_without_names) {
  BOOST_TEST((parse_mailbox("ann@example.org") == Mailbox{"", "ann@example.org"}));
  BOOST_TEST((parse_mailbox("  Ann Lee <ann@example.org> ") == Mailbox{"Ann Lee", "ann@example.org"}));
  BOOST_TEST((parse_mailbox("\"Lee, \\\"A\\\"\" <a+b.c@[127.0.0.1]>") ==
              Mailbox{"Lee, \"A\"", "a+b.c@[127.0.0.1]"}));
  BOOST_TEST((parse_mailbox("jürgen@bücher.example") == Mailbox{"", "jürgen@bücher.example"}));
}

BOOST_AUTO_TEST_CASE(lists_are_split_at_commas_outside_quotes) {
  const auto all = parse_mailboxes("a@b.c, \"D, E\" <d@e.f>,g@h.i");
  BOOST_TEST_REQUIRE(all.size() == 3);
  BOOST_TEST((all[1] == Mailbox{"D, E", "d@e.f"}));
  for (const char* bad : {"", "a@b.c,", ",a@b.c", "a@b.c,,d@e.f", "\"a@b.c", "\"a, <a@b.c>", "\"\\"})
    BOOST_CHECK_THROW(parse_mailboxes(bad), UsageError);
}

BOOST_AUTO_TEST_CASE(what_could_end_a_command_or_a_header_is_refused) {
  const std::string zero("a@b.c\0", 6);
  for (const std::string& bad :
       {std::string("ann"),          std::string("@b.c"),        std::string("a@"),
        std::string("a b@c.d"),      std::string("a@b c"),       std::string("a@b.c>"),
        std::string("<a@b.c"),       std::string("a<@b.c"),      std::string("a@b.c\r\nDATA"),
        std::string("a\n@b.c"),      std::string("x\r <a@b.c>"), zero,
        std::string(".a@b.c"),       std::string("a..b@c.d"),    std::string("a.@b.c"),
        std::string("a@b..c"),       std::string("a@b.c."),      std::string("\"a b\"@c.d"),
        std::string("a@b@c.d"),      std::string("a@[]"),        std::string("a@[x>]"),
        std::string("a@b,c.d"),      std::string("a@\xFF.c"),    std::string(65, 'a') + "@b.c",
        "a@" + std::string(256, 'b')}) {
    BOOST_TEST_CONTEXT(bad) BOOST_CHECK_THROW(parse_mailbox(bad), UsageError);
  }
  BOOST_CHECK_NO_THROW(parse_mailbox(std::string(64, 'a') + "@" + std::string(255, 'b')));
}

BOOST_AUTO_TEST_CASE(headers_quote_names_and_fold) {
  BOOST_TEST(mailbox_header("To", {{"", "a@b.c"}, {"D \"E\", F", "d@e.f"}}) ==
             "To: a@b.c, \"D \\\"E\\\", F\" <d@e.f>\r\n");
  BOOST_TEST(mailbox_header("From", {{"Jürgen", "j@b.c"}}) == "From: =?utf-8?B?SsO8cmdlbg==?= <j@b.c>\r\n");
  const std::string many = mailbox_header("To", std::vector<Mailbox>(9, {"", "somebody@example.org"}));
  BOOST_TEST(many.find("\r\n somebody") == 3 + 3 * 22);
}

}  // namespace favras::mailer
