// Several digests in one message.
#include "apps/mailer/digest.h"

#include <string>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "tests/apps/mailer/messages.h"

namespace favras::mailer {
namespace {

std::vector<Message> digests(int count) {
  std::vector<Message> all;
  for (int i = 0; i < count; ++i) {
    Message message = test::example_message();
    message.subject = fmt::format("digest {}", i);
    message.text = fmt::format("loss <{}>\n", i);
    message.html = fmt::format("<html><body>{}</body></html>", i);
    message.date += i * 3600;
    all.push_back(message);
  }
  return all;
}

}  // namespace

BOOST_AUTO_TEST_CASE(one_stays_as_it_is) { BOOST_TEST((fold_digests(digests(1)) == digests(1)[0])); }

BOOST_AUTO_TEST_CASE(the_newest_carries_the_others) {
  const Message folded = fold_digests(digests(3));
  BOOST_TEST(folded.subject == "digest 2");
  BOOST_TEST(folded.text ==
             "loss <2>\n\n2 earlier digests could not be sent in time:\n"
             "\ndigest 0 (2026-11-28 00:51 UTC)\n\nloss <0>\n"
             "\ndigest 1 (2026-11-28 01:51 UTC)\n\nloss <1>\n");
  BOOST_TEST(folded.html.starts_with("<html><body>2<hr>"));
  BOOST_TEST(folded.html.ends_with("loss &lt;1>\n</pre>\n</body></html>"));
  BOOST_TEST(fold_digests(digests(2)).text.find("\n1 earlier digest could") != std::string::npos);
  std::vector<Message> plain = digests(2);
  plain[1].html.clear();
  BOOST_TEST(fold_digests(plain).html == "");
}

BOOST_AUTO_TEST_CASE(too_much_is_left_out_from_the_oldest_on) {
  std::vector<Message> many = digests(100);
  for (Message& message : many) message.text += std::string(1000, 'x');
  const Message folded = fold_digests(many);
  BOOST_TEST(folded.text.size() < 70'000u);
  BOOST_TEST(folded.text.find("99 earlier digests could not be sent in time; the last 6") !=
             std::string::npos);
  BOOST_TEST(folded.text.find("loss <98>") != std::string::npos);
  BOOST_TEST(folded.text.find("loss <0>") == std::string::npos);
}

}  // namespace favras::mailer
