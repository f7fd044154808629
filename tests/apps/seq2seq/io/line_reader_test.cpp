// Lines as they come: none lost or changed, and none waited for while another is there.
#include "apps/seq2seq/io/line_reader.h"

#include <fcntl.h>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "apps/seq2seq/data/utf8.h"

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

std::vector<InputLine> next(LineReader& reader, std::size_t most) { return reader.next(most, 1 << 30); }

// All lines up to the end, put together again.
std::string read_all(LineReader& reader, std::size_t most) {
  std::string all;
  for (auto lines = next(reader, most); !lines.empty(); lines = next(reader, most)) {
    BOOST_TEST(lines.size() <= most);
    for (const InputLine& line : lines) {
      BOOST_TEST(line.text.size() <= LineReader::kPartBytes);
      if (line.goes_on) BOOST_TEST(line.ending == "");
      all += line.text + line.ending;
    }
  }
  BOOST_TEST(reader.taken() == all.size());
  return all;
}

}  // namespace

BOOST_AUTO_TEST_CASE(line_ends_of_every_kind) {
  Pipe pipe;
  pipe.send("unix\nwindows\r\n\n\r\nlast");
  pipe.finish();
  LineReader reader(pipe.reading_end(), "pipe");
  const auto lines = next(reader, 10);
  BOOST_TEST(texts(lines) == (std::vector<std::string>{"unix", "windows", "", "", "last"}),
             boost::test_tools::per_element());
  BOOST_REQUIRE(lines.size() == 5u);
  BOOST_TEST(lines[0].ending == "\n");
  BOOST_TEST(lines[1].ending == "\r\n");
  BOOST_TEST(lines[2].ending == "\n");
  BOOST_TEST(lines[3].ending == "\r\n");
  BOOST_TEST(lines[4].ending == "");
  BOOST_TEST(next(reader, 10).empty());
}

BOOST_AUTO_TEST_CASE(an_empty_input_has_no_lines) {
  Pipe pipe;
  pipe.finish();
  LineReader reader(pipe.reading_end(), "pipe");
  BOOST_TEST(next(reader, 10).empty());
}

// If it waited for a tenth line, this test would never end.
BOOST_AUTO_TEST_CASE(lines_that_are_there_are_given_out_at_once) {
  const Pipe pipe;
  LineReader reader(pipe.reading_end(), "pipe");
  pipe.send("one\n");
  BOOST_TEST(texts(next(reader, 10)) == std::vector<std::string>{"one"}, boost::test_tools::per_element());
  pipe.send("two\nthree\nfo");
  BOOST_TEST(texts(next(reader, 10)) == (std::vector<std::string>{"two", "three"}),
             boost::test_tools::per_element());
  pipe.send("ur\n");
  BOOST_TEST(texts(next(reader, 10)) == std::vector<std::string>{"four"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(no_more_lines_than_asked_for) {
  Pipe pipe;
  pipe.send("1\n2\n3\n4\n5");
  pipe.finish();
  LineReader reader(pipe.reading_end(), "pipe");
  BOOST_TEST(next(reader, 2).size() == 2u);
  BOOST_TEST(next(reader, 2).size() == 2u);
  BOOST_TEST(texts(next(reader, 2)) == std::vector<std::string>{"5"}, boost::test_tools::per_element());
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

BOOST_AUTO_TEST_CASE(no_more_bytes_than_asked_for_but_a_line) {
  Pipe pipe;
  pipe.send("1234\n5678\n90\n");
  pipe.finish();
  LineReader reader(pipe.reading_end(), "pipe");
  BOOST_TEST(texts(reader.next(9, 1)) == std::vector<std::string>{"1234"}, boost::test_tools::per_element());
  BOOST_TEST(reader.taken() == 5u);
  BOOST_TEST(texts(reader.next(9, 6)) == (std::vector<std::string>{"5678", "90"}),
             boost::test_tools::per_element());
  BOOST_TEST(reader.taken() == 13u);
}

namespace {

// "TEXT|" for a part that goes on, "TEXT." for the end of a line; long runs of a letter as "a*123".
std::string parts_of(const std::string& text, bool slowly = false) {
  Pipe pipe;
  std::thread sender([&] {
    if (slowly) {
      for (const char c : text) pipe.send({&c, 1});
    } else {
      pipe.send(text);
    }
    pipe.finish();
  });
  LineReader reader(pipe.reading_end(), "pipe");
  std::string all, shown;
  for (auto lines = next(reader, 3); !lines.empty(); lines = next(reader, 3))
    for (const auto& [part, ending, goes_on] : lines) {
      all += part + ending;
      for (std::size_t i = 0; i < part.size();) {
        const std::size_t end = std::min(part.find_first_not_of(part[i], i), part.size());
        shown += part.substr(i, 1) + (end - i > 1 ? "*" + std::to_string(end - i) : "");
        i = end;
      }
      shown += goes_on ? "|" : ".";
    }
  sender.join();
  BOOST_TEST((all == text));
  return shown;
}

constexpr std::size_t kPart = LineReader::kPartBytes;
const std::string kPartText = std::to_string(kPart);

}  // namespace

BOOST_AUTO_TEST_CASE(a_line_that_fits_is_no_part) {
  for (const std::string ending : {"\n", "\r\n", "\r", ""}) {
    BOOST_TEST(parts_of(std::string(kPart, 'a') + ending) == "a*" + kPartText + ".");
    BOOST_TEST(parts_of(std::string(kPart + 1, 'a') + ending) == "a*" + kPartText + "|a.");
  }
  BOOST_TEST(parts_of(std::string(kPart, 'a') + "\n" + std::string(kPart + 2, 'b') + "\nc\n") ==
             "a*" + kPartText + ".b*" + kPartText + "|b*2.c.");
}

BOOST_AUTO_TEST_CASE(parts_end_behind_blanks) {
  const std::string half(kPart / 2, 'a');
  BOOST_TEST(parts_of(half + " " + half + "\tb") == "a*8192 |a*8192\tb.");
  BOOST_TEST(parts_of(half + "\t" + half + " b\n") == "a*8192\t|a*8192 b.");
  BOOST_TEST(parts_of(std::string(kPart + 5, ' ') + "\n") == " *" + kPartText + "| *5.");
}

BOOST_AUTO_TEST_CASE(parts_without_blanks_end_between_characters) {
  for (std::size_t before = 0; before < 6; ++before) {
    std::string text(before, 'a');
    while (text.size() < 3 * kPart) text += "\U0001F600";
    Pipe pipe;
    std::thread sender([&] {
      pipe.send(text);
      pipe.finish();
    });
    LineReader reader(pipe.reading_end(), "pipe");
    std::size_t size = 0;
    for (auto lines = next(reader, 1); !lines.empty(); lines = next(reader, 1)) {
      BOOST_TEST(!first_invalid_byte(lines[0].text).has_value());
      BOOST_TEST(lines[0].text.size() + 4 > (lines[0].goes_on ? kPart : 0));
      size += lines[0].text.size();
    }
    sender.join();
    BOOST_TEST(size == text.size());
  }
  BOOST_TEST(parts_of(std::string(kPart + 1, '\x80')) == "\x80*" + kPartText + "|\x80.");  // no UTF-8
}

// However the bytes come.
BOOST_AUTO_TEST_CASE(parts_do_not_depend_on_when_bytes_arrive) {
  const std::string text = std::string(kPart - 3, 'a') + " bc\r\n" + std::string(kPart, 'd') + "\r\ne f";
  BOOST_TEST(parts_of(text, true) == parts_of(text));
}

BOOST_AUTO_TEST_CASE(a_part_comes_before_the_end_of_its_line) {
  const Pipe pipe;
  LineReader reader(pipe.reading_end(), "pipe");
  pipe.send(std::string(kPart, 'a') + " b");
  const auto lines = next(reader, 10);
  BOOST_REQUIRE(lines.size() == 1u);
  BOOST_TEST(lines[0].goes_on);
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
  BOOST_CHECK_EXCEPTION(next(reader, 1), std::system_error, [](const std::system_error& error) {
    return std::string_view(error.what()).find("standard input") != std::string_view::npos;
  });
}

}  // namespace favras::seq2seq
