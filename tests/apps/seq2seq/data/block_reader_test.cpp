// Files in blocks of whole lines, on any number of threads.
#include "apps/seq2seq/data/block_reader.h"

#include <atomic>
#include <chrono>
#include <mutex>
#include <stdexcept>
#include <thread>

#include <boost/test/unit_test.hpp>

#include "apps/seq2seq/data/hashing.h"
#include "tests/apps/seq2seq/data/data_test_support.h"

using namespace favras::seq2seq;
using namespace favras::seq2seq::testing;

namespace {

using Lines = std::vector<std::string>;

// Their lengths and line numbers, in order.
std::vector<std::pair<std::size_t, std::uint64_t>> lengths_of_lines(const std::filesystem::path& file) {
  std::vector<std::pair<std::size_t, std::uint64_t>> lengths;
  for_each_block({file}, 1, [&](int, const Block& block) {
    for_each_line(block, [&](std::uint64_t number, std::string_view line) {
      lengths.emplace_back(line.size(), number);
    });
  });
  return lengths;
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_line_comes_once_and_every_file_is_summed) {
  const TemporaryDirectory directory;
  std::string text;
  for (int i = 0; text.size() < 3 * kBlockBytes; ++i) text += "line " + std::to_string(i) + '\n';
  const std::vector<std::filesystem::path> files = {directory.write("a", text), directory.write("b", ""),
                                                    directory.write("c", "no newline"),
                                                    directory.write("d", "\n\n")};
  for (const int threads : {1, 3}) {
    std::vector<Lines> lines(files.size());
    std::mutex mutex;
    const auto sums = for_each_block(files, threads, [&](int, const Block& block) {
      for_each_line(block, [&](std::uint64_t number, std::string_view line) {
        const std::lock_guard lock(mutex);
        Lines& of_file = lines[block.file];
        if (of_file.size() < number) of_file.resize(number, "missing");
        of_file[number - 1] = line;
      });
    });
    std::string joined;
    for (const std::string& line : lines[0]) joined += line + '\n';
    BOOST_CHECK(joined == text);
    BOOST_CHECK(lines[1].empty() && lines[2] == Lines{"no newline"} && (lines[3] == Lines{"", ""}));
    BOOST_REQUIRE_EQUAL(sums.size(), 4u);
    for (std::size_t i = 0; i < files.size(); ++i) {
      BOOST_CHECK_EQUAL(sums[i].bytes, read(files[i]).size());
      BOOST_CHECK_EQUAL(sums[i].sha256, sha256_hex(read(files[i])));
    }
  }
}

// Of an overlong line comes one byte more than the limit, wherever it stands and however it ends.
BOOST_AUTO_TEST_CASE(overlong_lines_are_cut_off) {
  const TemporaryDirectory directory;
  const std::string longest(kLongestLineBytes, 'x');
  std::string text;
  std::vector<std::pair<std::size_t, std::uint64_t>> expected;
  for (const std::size_t more :
       {std::size_t{0}, std::size_t{1}, kBlockBytes - 1, kBlockBytes, 2 * kBlockBytes + 3}) {
    text += "ab\n" + longest + std::string(more, 'y') + '\n';
    expected.emplace_back(2, expected.size() + 1);
    expected.emplace_back(kLongestLineBytes + (more > 0), expected.size() + 1);
  }
  BOOST_CHECK(lengths_of_lines(directory.write("text", text)) == expected);
  text.pop_back();
  BOOST_CHECK(lengths_of_lines(directory.write("text", text)) == expected);
  BOOST_CHECK((lengths_of_lines(directory.write("text", longest)) ==
               std::vector<std::pair<std::size_t, std::uint64_t>>{{kLongestLineBytes, 1}}));
}

BOOST_AUTO_TEST_CASE(a_file_that_changes_is_noticed) {
  const TemporaryDirectory directory;
  const std::string text = std::string(2 * kBlockBytes, 'x') + "\nend\n";
  const auto change = [&](const auto& how) {
    const auto file = directory.write("text", text);
    return message_of([&] {
      for_each_block({file}, 1, [&](int, const Block& block) {
        if (block.first_line == 1) how(file);
      });
    });
  };
  const std::string expected = "text: changed while it was read; run prepare again when nothing writes to it";
  BOOST_CHECK_EQUAL(change([](const auto&) {}), "");
  BOOST_CHECK(
      contains(change([](const auto& file) { std::ofstream(file, std::ios::app) << "more\n"; }), expected));
  BOOST_CHECK(contains(change([](const auto& file) { std::filesystem::resize_file(file, 3); }), expected));
  const auto change_time = [](const auto& file, std::filesystem::file_time_type time) {
    std::filesystem::last_write_time(file, time);
  };
  BOOST_CHECK(contains(change([&](const auto& file) {
                         change_time(file, std::filesystem::last_write_time(file) + std::chrono::seconds(1));
                       }),
                       expected));
  BOOST_CHECK(contains(change([&](const auto& file) {  // within one tick of the clock
                         const auto time = std::filesystem::last_write_time(file);
                         std::filesystem::resize_file(file, 3);
                         change_time(file, time);
                       }),
                       expected));
}

// Two blocks fail at once, and one of them later than the other.
BOOST_AUTO_TEST_CASE(the_failure_of_the_earliest_block_is_thrown) {
  const TemporaryDirectory directory;
  const std::string block(kBlockBytes - 1, 'x');
  const auto file = directory.write("two blocks", block + '\n' + block + '\n');
  for (const bool first_is_late : {false, true}) {
    std::atomic<int> started = 0;
    const auto work = [&](int, const Block& failing) {
      const bool first = failing.first_line == 1;
      ++started;
      while (started < 2) std::this_thread::yield();
      if (first == first_is_late) std::this_thread::sleep_for(std::chrono::milliseconds(50));
      throw std::runtime_error(first ? "first" : "second");
    };
    BOOST_CHECK_EQUAL(message_of([&] { for_each_block({file}, 2, work); }), "first");
  }
}
