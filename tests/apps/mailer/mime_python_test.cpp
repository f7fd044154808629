// Messages that rapidcheck thinks of, in the hands of Python's email package: it finds nothing wrong with
// them, and in them what was put in.
#include <cstdio>
#include <cstdlib>
#include <string>

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>
#include <fmt/format.h>
#include <rapidcheck.h>

#include "apps/mailer/encoding.h"
#include "tests/apps/mailer/messages.h"
#include "tests/engine/storage/scratch.h"

namespace favras::mailer {
namespace {

boost::json::array json_of(const std::vector<Mailbox>& mailboxes) {
  boost::json::array array;
  for (const Mailbox& mailbox : mailboxes) array.push_back(boost::json::array{mailbox.name, mailbox.address});
  return array;
}

std::string json_of(const Message& message) {
  return boost::json::serialize(boost::json::object{{"from", json_of(std::vector{message.from})},
                                                    {"to", json_of(message.to)},
                                                    {"subject", message.subject},
                                                    {"text", message.text},
                                                    {"html", message.html},
                                                    {"picture", base64(message.picture)},
                                                    {"thread", message.thread},
                                                    {"id", message.id},
                                                    {"date", message.date}});
}

}  // namespace

BOOST_AUTO_TEST_CASE(python_reads_what_was_composed) {
  const test::ScratchDirectory place;
  int count = 0;
  BOOST_TEST(rc::check([&] {
    const Message message = *test::any_message();
    test::write_all(place / fmt::format("{}.eml", count), compose(message));
    test::write_all(place / fmt::format("{}.json", count), json_of(test::normalised(message)));
    ++count;
  }));
  BOOST_TEST(count == 100);
  const std::string command = fmt::format("'{}' '{}' '{}'", PYTHON, SCRIPT, place.path().string());
  BOOST_TEST(std::system(command.c_str()) == 0);
}

}  // namespace favras::mailer
