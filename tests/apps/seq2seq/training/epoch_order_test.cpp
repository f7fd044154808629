// The order of an epoch: every line once, little padding, and nothing but data, seed and epoch in it.
#include "apps/seq2seq/training/epoch_order.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

namespace favras::seq2seq {

namespace {

using Lengths = std::vector<std::uint32_t>;
using Batches = std::vector<std::vector<std::uint32_t>>;

std::vector<std::uint32_t> flat(const Batches& batches) {
  std::vector<std::uint32_t> all;
  for (const auto& batch : batches) all.insert(all.end(), batch.begin(), batch.end());
  return all;
}

Lengths some_lengths(std::size_t count) {  // 1..60
  Lengths lengths(count);
  for (std::size_t i = 0; i < count; ++i) lengths[i] = static_cast<std::uint32_t>(1 + i * 7919 % 60);
  return lengths;
}

// Where the line's batch stands in the epoch.
std::size_t place_of(const Batches& batches, std::uint32_t line) {
  const auto holds = [&](const auto& batch) {
    return std::find(batch.begin(), batch.end(), line) != batch.end();
  };
  return static_cast<std::size_t>(std::find_if(batches.begin(), batches.end(), holds) - batches.begin());
}

struct AnyEpoch {
  Lengths lengths = *rc::gen::container<Lengths>(rc::gen::inRange<std::uint32_t>(0, 70));
  std::int64_t batch_size = *rc::gen::inRange<std::int64_t>(1, 20);
  std::uint64_t seed = *rc::gen::arbitrary<std::uint64_t>();
  std::uint64_t epoch = *rc::gen::inRange<std::uint64_t>(1, 1000);

  Batches batches() const { return epoch_batches(lengths, batch_size, seed, epoch); }
};

}  // namespace

BOOST_AUTO_TEST_CASE(every_line_comes_once) {
  BOOST_TEST(rc::check("every line once", [] {
    const AnyEpoch any;
    std::vector<std::uint32_t> lines = flat(any.batches()), all(any.lengths.size());
    std::sort(lines.begin(), lines.end());
    std::iota(all.begin(), all.end(), 0u);
    RC_ASSERT(lines == all);
  }));
}

BOOST_AUTO_TEST_CASE(all_batches_but_one_are_full) {
  BOOST_TEST(rc::check("full batches", [] {
    const AnyEpoch any;
    const Batches batches = any.batches();
    const auto size = static_cast<std::size_t>(any.batch_size), rest = any.lengths.size() % size;
    RC_ASSERT(batches.size() == (any.lengths.size() + size - 1) / size);
    std::size_t short_ones = 0;
    for (const auto& batch : batches)
      if (batch.size() != size) {
        RC_ASSERT(batch.size() == rest);
        ++short_ones;
      }
    RC_ASSERT(short_ones == (rest == 0 ? 0u : 1u));
  }));
}

BOOST_AUTO_TEST_CASE(ten_thousand_lines_are_79_batches_of_128) {
  const Batches batches = epoch_batches(some_lengths(10'000), 128, 1, 1);
  BOOST_TEST(batches.size() == 79u);
  BOOST_TEST(std::count_if(batches.begin(), batches.end(), [](const auto& b) { return b.size() == 128; }) ==
             78);
  BOOST_TEST(std::count_if(batches.begin(), batches.end(), [](const auto& b) { return b.size() == 16; }) ==
             1);
}

BOOST_AUTO_TEST_CASE(a_batch_spans_a_border_between_buckets_only_where_it_must) {
  BOOST_TEST(rc::check("borders", [] {
    const AnyEpoch any;
    const Batches batches = any.batches();
    for (std::uint32_t border = kShort; border < 70; ++border) {
      const auto is_short = [&](std::uint32_t line) { return any.lengths[line] < border; };
      const auto spans = std::count_if(batches.begin(), batches.end(), [&](const auto& batch) {
        return std::any_of(batch.begin(), batch.end(), is_short) &&
               !std::all_of(batch.begin(), batch.end(), is_short);
      });
      RC_ASSERT(spans <= 1);
    }
  }));
}

BOOST_AUTO_TEST_CASE(a_batch_that_is_not_full_has_the_shortest_lines) {
  BOOST_TEST(rc::check("the rest", [] {
    const AnyEpoch any;
    std::uint32_t longest_of_rest = 0, shortest_of_full = 70;
    for (const auto& batch : any.batches())
      for (const std::uint32_t line : batch) {
        const std::uint32_t length = std::max(any.lengths[line], kShort - 1);
        if (static_cast<std::int64_t>(batch.size()) < any.batch_size)
          longest_of_rest = std::max(longest_of_rest, length);
        else
          shortest_of_full = std::min(shortest_of_full, length);
      }
    RC_ASSERT(longest_of_rest <= shortest_of_full || shortest_of_full == 70u);
  }));
}

// Where lines are short, a batch has lines of several lengths.
BOOST_AUTO_TEST_CASE(short_lines_share_a_bucket) {
  Lengths lengths(800);
  for (std::size_t i = 0; i < lengths.size(); ++i) lengths[i] = static_cast<std::uint32_t>(1 + i % 8);
  for (const auto& batch : epoch_batches(lengths, 100, 1, 1)) {
    std::set<std::uint32_t> of_batch;
    for (const std::uint32_t line : batch) of_batch.insert(lengths[line]);
    BOOST_TEST(of_batch.size() == 8u);
  }
}

// All batches together pad, rows without a line included, by less than a line of the greatest length in each
// row of one batch and what short lines have less than their bucket.
BOOST_AUTO_TEST_CASE(padding_is_bounded) {
  BOOST_TEST(rc::check("padding", [] {
    const AnyEpoch any;
    std::int64_t padding = 0, short_of_bucket = 0, longest_of_all = kShort - 1;
    for (const auto& batch : any.batches()) {
      std::int64_t longest = 0;
      for (const std::uint32_t line : batch) longest = std::max<std::int64_t>(longest, any.lengths[line]);
      padding += longest * any.batch_size;
      longest_of_all = std::max(longest_of_all, longest);
    }
    for (const std::int64_t length : any.lengths) {
      padding -= length;
      short_of_bucket += std::max<std::int64_t>(kShort - 1 - length, 0);
    }
    RC_ASSERT(padding <= any.batch_size * longest_of_all + short_of_bucket);
  }));
}

BOOST_AUTO_TEST_CASE(the_order_depends_on_its_arguments_alone) {
  BOOST_TEST(rc::check("pure", [] {
    const AnyEpoch any, other;
    const Batches batches = any.batches();
    (void)other.batches();
    RC_ASSERT(any.batches() == batches);
  }));
}

BOOST_AUTO_TEST_CASE(seed_and_epoch_each_change_the_order) {
  const Lengths lengths = some_lengths(600);
  std::set<std::vector<std::uint32_t>> orders;
  for (std::uint64_t seed : {0u, 1u, 2u, 3u})
    for (std::uint64_t epoch : {1u, 2u, 3u}) orders.insert(flat(epoch_batches(lengths, 32, seed, epoch)));
  orders.insert(flat(epoch_batches(lengths, 32, std::uint64_t{1} << 32, 1)));
  BOOST_TEST(orders.size() == 13u);
}

// Neither the lines of a batch nor its place come back from one epoch to the next.
BOOST_AUTO_TEST_CASE(lines_meet_others_in_every_epoch) {
  const Lengths lengths(1000, 5);
  const Batches first = epoch_batches(lengths, 10, 1, 1), second = epoch_batches(lengths, 10, 1, 2);
  std::size_t together = 0;  // pairs of lines that share a batch in both
  for (const auto& batch : first)
    for (std::size_t i = 0; i < batch.size(); ++i)
      for (std::size_t j = 0; j < i; ++j)
        together += place_of(second, batch[i]) == place_of(second, batch[j]);
  BOOST_TEST(together > 0u);
  BOOST_TEST(together < 90u);  // of 4,500 pairs; 40.5 to be expected
}

BOOST_AUTO_TEST_CASE(short_lines_come_at_any_time_of_an_epoch) {
  Lengths lengths = some_lengths(300);
  lengths[17] = 0;  // the shortest
  std::size_t sum = 0;
  std::set<std::size_t> places;
  for (std::uint64_t epoch = 1; epoch <= 200; ++epoch) {
    const std::size_t place = place_of(epoch_batches(lengths, 10, 1, epoch), 17);
    places.insert(place);
    sum += place;
  }
  BOOST_TEST(places.size() == 30u);
  BOOST_TEST(static_cast<double>(sum) / 200 > 12.0);  // 14.5 to be expected, deviation 0.6
  BOOST_TEST(static_cast<double>(sum) / 200 < 17.0);
}

}  // namespace favras::seq2seq
