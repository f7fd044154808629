// Composing: what is refused, what the headers say, and that reading gives back what was composed.
#include "apps/mailer/message.h"

#include <functional>
#include <set>
#include <string>

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

#include "apps/mailer/error.h"
#include "tests/apps/mailer/messages.h"

namespace favras::mailer {
namespace {

using test::example_message;

void check_refused(const std::function<void(Message&)>& change) {
  Message message = example_message();
  BOOST_CHECK_NO_THROW(compose(message));
  change(message);
  BOOST_CHECK_THROW(compose(message), UsageError);
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_plain_message_byte_by_byte) {
  BOOST_TEST(compose(example_message()) ==
             "Date: Sat, 28 Nov 2026 00:51:51 +0000\r\n"
             "From: \"Run\" <run@example.org>\r\n"
             "To: ann@example.org\r\n"
             "Subject: Completed training epoch 3 - Accuracy = 70.4%\r\n"
             "Message-ID: <1795827111271398143.8e44f411718ed8f7@example.org>\r\n"
             "References: <run-7@favras.invalid>\r\n"
             "Auto-Submitted: auto-generated\r\n"
             "MIME-Version: 1.0\r\n"
             "Content-Type: text/plain; charset=utf-8\r\n"
             "Content-Transfer-Encoding: quoted-printable\r\n"
             "\r\n"
             "Model training for 21h:2m:48s and saved.\r\n"
             "Current accuracy =3D 70.4%\r\n");
}

BOOST_AUTO_TEST_CASE(what_could_forge_headers_is_refused) {
  for (const std::string& bad : {std::string("a\nb"), std::string("a\rb"), std::string("a\0b", 3)}) {
    check_refused([&](Message& message) { message.subject = bad; });
    check_refused([&](Message& message) { message.from.name = bad; });
    check_refused([&](Message& message) { message.to[0].name = bad; });
    check_refused([&](Message& message) { message.to[0].address = bad + "@b.c"; });
    check_refused([&](Message& message) { message.bcc = {{"", bad + "@b.c"}}; });
    check_refused([&](Message& message) { message.thread = bad; });
    check_refused([&](Message& message) { message.id = bad + "@b.c"; });
  }
  check_refused([](Message& message) { message.to.clear(); });
  check_refused([](Message& message) { message.id.clear(); });
  check_refused([](Message& message) { message.thread = "a b"; });
  check_refused([](Message& message) { message.picture = test::kPngBytes; });  // without HTML
  check_refused([](Message& message) { message.html = "x", message.picture = "GIF89a"; });
}

BOOST_AUTO_TEST_CASE(bcc_is_in_the_envelope_alone_and_nobody_is_there_twice) {
  Message message = example_message();
  message.bcc = {{"Eve", "eve@example.org"}, {"", "ann@example.org"}};
  BOOST_TEST(compose(message) == compose(example_message()));
  BOOST_TEST((envelope_of(message) == Envelope{"run@example.org", {"ann@example.org", "eve@example.org"}}));
}

BOOST_AUTO_TEST_CASE(every_stamp_is_another) {
  std::set<std::string> ids;
  for (int i = 0; i < 100; ++i) {
    Message message = example_message();
    stamp(message);
    ids.insert(message.id);
    BOOST_TEST(message.id.ends_with("@example.org"));
    BOOST_CHECK_NO_THROW(compose(message));
  }
  BOOST_TEST(ids.size() == 100);
  Message abroad = example_message();
  abroad.from.address = "j@bücher.example";
  stamp(abroad);
  BOOST_TEST(abroad.id.ends_with("@favras.invalid"));
}

BOOST_AUTO_TEST_CASE(reading_gives_back_what_was_composed) {
  BOOST_TEST(rc::check([] {
    const Message given = *test::any_message();
    const Message read = read_message(compose(given)), message = test::normalised(given);
    RC_ASSERT(read.from == message.from);
    RC_ASSERT(read.to == message.to);
    RC_ASSERT(read.subject == message.subject);
    RC_ASSERT(read.text == message.text);
    RC_ASSERT(read.html == message.html);
    RC_ASSERT(read == message);
  }));
}

BOOST_AUTO_TEST_CASE(every_truncation_is_an_error_or_a_shorter_message) {
  Message message = example_message();
  message.html = "<p>";
  message.picture = test::kPngBytes;
  const std::string eml = compose(message);
  for (std::size_t size = 0; size + 3 < eml.size(); ++size)
    BOOST_CHECK_THROW(read_message(std::string_view(eml).substr(0, size)), std::runtime_error);
}

}  // namespace favras::mailer
