// Which events make a mail, and what the options under "Mail" must agree on.
#include "apps/seq2seq/mail/mail_settings.h"

#include <vector>

#include <boost/test/unit_test.hpp>

#include "tests/engine/storage/scratch.h"

namespace favras::seq2seq {
namespace {

using test::contains;
using test::error_of;

std::optional<MailSettings> settings_of(std::vector<std::string> words) {
  CommandLine line("train", "");
  add_mail_options(line);
  std::vector<char*> argv;
  words.insert(words.begin(), "train");
  for (std::string& word : words) argv.push_back(word.data());
  BOOST_TEST_REQUIRE(line.parse(static_cast<int>(argv.size()), argv.data()));
  return mail_settings(line);
}

BOOST_AUTO_TEST_CASE(occasions) {
  const MailOccasions some = parse_mail_occasions("epoch,failed,stalled=45m,digest=2h");
  BOOST_TEST((some.events == std::set<std::string>{"epoch", "failed"}));
  BOOST_TEST(some.stalled.count() == 45 * 60);
  BOOST_TEST(some.digest.count() == 2 * 3600);
  BOOST_TEST(parse_mail_occasions("").events.empty());
  for (const std::string word :
       {"epochs", "stalled", "stalled=", "stalled=30", "digest=0s", " epoch", "saved"})
    BOOST_TEST(
        contains(error_of([&] { parse_mail_occasions("epoch," + word); }), "--mail-on '" + word + "'"));
}

BOOST_AUTO_TEST_CASE(no_mail_unless_it_is_asked_for) {
  BOOST_TEST(!settings_of({}).has_value());
  BOOST_TEST(!settings_of({"--mail-from", "run@example.org"}).has_value());
}

BOOST_AUTO_TEST_CASE(what_is_asked_for) {
  const auto settings = settings_of({"--mail-to", "ann@example.org, Bob <bob@example.org>", "--mail-from",
                                     "run@example.org", "--smtp-url", "smtps://mail.example.org:465"});
  BOOST_TEST(settings->to.size() == 2u);
  BOOST_TEST(settings->to[1].name == "Bob");
  BOOST_TEST(settings->smtp.has_value());
  BOOST_TEST(settings->occasions.events.contains("epoch"));
  BOOST_TEST(settings->occasions.stalled.count() == 1800);
  const auto dry = settings_of({"--mail-to", "a@b.c", "--mail-from", "a@b.c", "--mail-dry-run", "dir"});
  BOOST_TEST(!dry->smtp.has_value());
  BOOST_TEST(dry->dry_run == "dir");
}

BOOST_AUTO_TEST_CASE(what_does_not_go_together) {
  const auto refusal = [](const std::vector<std::string>& words) {
    try {
      settings_of(words);
    } catch (const UsageError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  BOOST_TEST(refusal({"--mail-to", "a@b.c"}) == "--mail-to needs --mail-from");
  BOOST_TEST(refusal({"--mail-dry-run", "dir"}) == "--mail-dry-run needs --mail-to and --mail-from");
  BOOST_TEST(contains(refusal({"--mail-to", "nobody", "--mail-from", "a@b.c"}), "nobody"));
  BOOST_TEST(contains(refusal({"--mail-to", "a@b.c", "--mail-from", "a@b.c"}), "--smtp-url"));
  BOOST_TEST(contains(refusal({"--mail-on", "always"}), "'always'"));
}

}  // namespace
}  // namespace favras::seq2seq
