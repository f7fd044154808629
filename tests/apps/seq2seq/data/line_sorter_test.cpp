// Sorting more lines than the buffers hold, against a sorted set.
#include "apps/seq2seq/data/line_sorter.h"

#include <map>
#include <thread>

#include <boost/test/unit_test.hpp>
#include <rapidcheck/boost_test.h>

#include "tests/apps/seq2seq/data/data_test_support.h"

using namespace favras::seq2seq;
using namespace favras::seq2seq::testing;

namespace {

struct Added {
  std::uint64_t hash;
  std::string content;
  Sides side;
};

// Few hashes, so that different lines share one, at both ends of the range and in it.
rc::Gen<Added> any_line() {
  const auto hash = rc::gen::weightedOneOf<std::uint64_t>(
      {{1, rc::gen::elementOf(std::vector<std::uint64_t>{0, 1, std::uint64_t{1} << 52, ~std::uint64_t{0}})},
       {3, rc::gen::arbitrary<std::uint64_t>()}});
  const auto content = rc::gen::container<std::string>(rc::gen::elementOf(std::string("ab\n")));
  const auto side = rc::gen::elementOf(std::vector<Sides>{kTrainingSide, kValidationSide});
  return rc::gen::apply([](auto h, auto c, auto s) { return Added{h, c, s}; }, hash, content, side);
}

using Expected = std::map<std::pair<std::uint64_t, std::string>, Sides>;

void check_all_ranges(LineSorter& sorter, const Expected& expected) {
  auto next = expected.begin();
  for (std::size_t range = 0, count = sorter.finish(); range < count; ++range) {
    const SortedRange sorted = sorter.read(range);
    for (const SortedLine& line : sorted.lines) {
      RC_ASSERT(next != expected.end());
      RC_ASSERT(line.hash == next->first.first);
      RC_ASSERT(line.content == next->first.second);
      RC_ASSERT(line.sides == next->second);
      ++next;
    }
  }
  RC_ASSERT(next == expected.end());
}

}  // namespace

RC_BOOST_PROP(lines_come_once_in_order_with_their_sides, ()) {
  const TemporaryDirectory directory;
  const auto lines = *rc::gen::container<std::vector<Added>>(any_line());
  const int threads = *rc::gen::inRange(1, 4);
  const auto memory = *rc::gen::inRange<std::size_t>(0, 2000);
  LineSorter sorter(directory / "", memory, threads);
  Expected expected;
  for (const Added& line : lines) {
    sorter.add(*rc::gen::inRange(0, threads), line.hash, line.side, line.content);
    expected[{line.hash, line.content}] |= line.side;
  }
  check_all_ranges(sorter, expected);
  RC_TAG(sorter.runs() > 1 ? "several runs" : "one run or none");
}

BOOST_AUTO_TEST_CASE(threads_add_at_once) {
  const TemporaryDirectory directory;
  constexpr int kThreads = 3, kLines = 20'000;
  LineSorter sorter(directory / "", 1 << 19, kThreads);
  const auto content = [](int i) { return "line number " + std::to_string(i % (kLines / 2)); };
  {
    std::vector<std::jthread> adding;
    for (int thread = 0; thread < kThreads; ++thread) {
      adding.emplace_back([&, thread] {
        for (int i = 0; i < kLines; ++i) {
          sorter.add(thread, content_hash(content(i)), thread == 0 ? kValidationSide : kTrainingSide,
                     content(i));
        }
      });
    }
  }
  BOOST_CHECK_GT(sorter.runs(), 3u);
  Expected expected;
  for (int i = 0; i < kLines; ++i)
    expected[{content_hash(content(i)), content(i)}] = kTrainingSide | kValidationSide;
  check_all_ranges(sorter, expected);
}

// Runs above what is written at once, and ranges from the file and from memory.
BOOST_AUTO_TEST_CASE(ranges_are_of_one_size_and_the_file_has_no_name) {
  const TemporaryDirectory directory;
  constexpr int kLines = 200'000;
  LineSorter sorter(directory / "", 3 << 20, 1);
  BOOST_CHECK(std::filesystem::is_empty(directory / ""));
  Expected expected;
  for (int i = 0; i < kLines; ++i) {
    const std::string content = std::to_string(i);
    sorter.add(0, content_hash(content), kTrainingSide, content);
    expected[{content_hash(content), content}] = kTrainingSide;
  }
  BOOST_CHECK_EQUAL(sorter.runs(), 1u);
  check_all_ranges(sorter, expected);
  const std::size_t ranges = sorter.finish();
  BOOST_CHECK(ranges >= 8 && ranges <= 16);
  for (std::size_t range = 0; range < ranges; ++range) {
    const auto lines = static_cast<double>(sorter.read(range).lines.size());
    BOOST_CHECK_SMALL(lines * static_cast<double>(ranges) / kLines - 1, 0.2);
  }
  BOOST_CHECK(std::filesystem::is_empty(directory / ""));
}

// However often a line comes, it takes no room.
BOOST_AUTO_TEST_CASE(duplicates_do_not_reach_the_file) {
  const TemporaryDirectory directory;
  LineSorter sorter(directory / "", 100'000, 1);
  for (int i = 0; i < 100'000; ++i) sorter.add(0, content_hash("a line"), kTrainingSide, "a line");
  BOOST_CHECK_GT(sorter.runs(), 10u);
  BOOST_CHECK_LE(sorter.finish(), 8u);  // ranges follow the size of what there is
  check_all_ranges(sorter, {{{content_hash("a line"), "a line"}, kTrainingSide}});
}
