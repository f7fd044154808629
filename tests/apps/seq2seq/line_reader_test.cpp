// Lines as they come: none lost or changed, and none waited for while another is there.
#include "apps/seq2seq/line_reader.h"

#include <fcntl.h>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace favras::seq2seq {

namespace {

class Pipe {
 public:
  Pipe() { BOOST_REQUIRE(pipe(ends_) == 0); }
  ~Pipe() {
    close(ends_[0]);
    finish();
  }
  int reading_end() const { return ends_[0]; }
  void send(std::string_view text) const {
    while (!text.empty()) {
      const ssize_t count = write(ends_[1], text.data(), text.size());
      if (count <= 0) throw std::runtime_error("the pipe does not take the text");
      text.remove_prefix(static_cast<std::size_t>(count));
    }
  }
  void finish() {
    if (ends_[1] >= 0) close(ends_[1]);
    ends_[1] = -1;
  }

 private:
  int ends_[2];
};

std::vector<std::string> texts(const std::vector<InputLine>& lines) {
  std::vector<std::string> all;
  for (const InputLine& line : lines) all.push_back(line.text);
  return all;
}

// All lines up to the end, put together again.
std::string read_all(LineReader& reader, std::size_t most) {
  std::string all;
  for (auto lines = reader.next(most); !lines.empty(); lines = reader.next(most)) {
    BOOST_TEST(lines.size() <= most);
    for (const InputLine& line : lines) all += line.text + line.ending;
  }
  return all;
}

}  // namespace

BOOST_AUTO_TEST_CASE(line_ends_of_every_kind) {
  Pipe pipe;
  pipe.send("unix\nwindows\r\n\n\r\nlast");
  pipe.finish();
  LineReader reader(pipe.reading_end(), "pipe");
  const auto lines = reader.next(10);
  BOOST_TEST(texts(lines) == (std::vector<std::string>{"unix", "windows", "", "", "last"}),
             boost::test_tools::per_element());
  BOOST_REQUIRE(lines.size() == 5u);
  BOOST_TEST(lines[0].ending == "\n");
  BOOST_TEST(lines[1].ending == "\r\n");
  BOOST_TEST(lines[2].ending == "\n");
  BOOST_TEST(lines[3].ending == "\r\n");
  BOOST_TEST(lines[4].ending == "");
  BOOST_TEST(reader.next(10).empty());
}

BOOST_AUTO_TEST_CASE(an_empty_input_has_no_lines) {
  Pipe pipe;
  pipe.finish();
  LineReader reader(pipe.reading_end(), "pipe");
  BOOST_TEST(reader.next(10).empty());
}

// If it waited for a tenth line, this test would never end.
BOOST_AUTO_TEST_CASE(lines_that_are_there_are_given_out_at_once) {
  const Pipe pipe;
  LineReader reader(pipe.reading_end(), "pipe");
  pipe.send("one\n");
  BOOST_TEST(texts(reader.next(10)) == std::vector<std::string>{"one"}, boost::test_tools::per_element());
  pipe.send("two\nthree\nfo");
  BOOST_TEST(texts(reader.next(10)) == (std::vector<std::string>{"two", "three"}),
             boost::test_tools::per_element());
  pipe.send("ur\n");
  BOOST_TEST(texts(reader.next(10)) == std::vector<std::string>{"four"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(no_more_lines_than_asked_for) {
  Pipe pipe;
  pipe.send("1\n2\n3\n4\n5");
  pipe.finish();
  LineReader reader(pipe.reading_end(), "pipe");
  BOOST_TEST(reader.next(2).size() == 2u);
  BOOST_TEST(reader.next(2).size() == 2u);
  BOOST_TEST(texts(reader.next(2)) == std::vector<std::string>{"5"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(long_and_many_lines_come_through_whole) {
  std::string text;
  for (int i = 0; i < 20000; ++i) text += "line " + std::to_string(i) + (i % 2 ? "\n" : "\r\n");
  text += std::string(300000, 'x') + "\n\n" + std::string(70000, 'y');
  for (const std::size_t most : {1u, 7u, 256u}) {
    Pipe pipe;
    std::thread sender([&] {
      pipe.send(text);
      pipe.finish();
    });
    LineReader reader(pipe.reading_end(), "pipe");
    const std::string all = read_all(reader, most);
    sender.join();
    BOOST_TEST((all == text));
  }
}

BOOST_AUTO_TEST_CASE(a_descriptor_that_waits_for_nobody_is_waited_for) {
  Pipe pipe;
  fcntl(pipe.reading_end(), F_SETFL, O_NONBLOCK);
  std::thread sender([&] {
    usleep(20000);
    pipe.send("late\n");
    pipe.finish();
  });
  LineReader reader(pipe.reading_end(), "pipe");
  const std::string all = read_all(reader, 5);
  sender.join();
  BOOST_TEST(all == "late\n");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_is_named) {
  LineReader reader(-1, "standard input");
  BOOST_CHECK_EXCEPTION(reader.next(1), std::system_error, [](const std::system_error& error) {
    return std::string_view(error.what()).find("standard input") != std::string_view::npos;
  });
}

}  // namespace favras::seq2seq
