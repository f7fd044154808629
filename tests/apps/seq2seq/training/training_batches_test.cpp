// The stream of batches: every line once an epoch, little padding, the same from any batch on and from any
// thread.
#include "apps/seq2seq/training/training_batches.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

#include "apps/seq2seq/training/prefetch.h"
#include "kernels/common/philox.h"

namespace favras::seq2seq {

namespace {

// Clean lines of 5 to 60 letters, about as long as those of running text are: half of them below 33.
Dataset text(std::size_t count) {
  Dataset dataset{.directory = "",
                  .task = "text",
                  .fingerprint = "",
                  .vocabulary = Vocabulary(U"abcdefghijklmnopqrstuvwxyz "),
                  .train = {},
                  .validation = {},
                  .data_seed = 1,
                  .maximum_length = 60};
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto random = [&](std::uint32_t what) { return kernels::philox({i, what, 0, 0}, {0, 0}); };
    const auto words = random(0);
    double sum = 0;  // of four uniform numbers
    for (const std::uint32_t word : words) sum += word * 0x1p-32;
    std::string line(static_cast<std::size_t>(std::clamp(33.0 + 25.0 * (sum - 2.0), 5.0, 60.0)), ' ');
    for (std::uint32_t at = 0; at < line.size(); ++at)
      line[at] = static_cast<char>('a' + random(at + 1)[0] % 26);
    dataset.train.push_back({line, "", i});
  }
  return dataset;
}

struct Training {
  Dataset dataset;
  LineSource lines{dataset};
  TrainOptions options;

  explicit Training(std::size_t count, std::int64_t epochs = 2) : dataset(text(count)) {
    options.epochs = epochs;
    options.batch_size = 10;
  }
  Training(const Training&) = delete;
  Training& operator=(const Training&) = delete;

  TrainingBatches from(std::int64_t epoch, std::int64_t batch, std::int64_t time_step = 1) const {
    return {dataset, lines, options, time_step, epoch, batch};
  }
  std::vector<HostBatch> all(std::int64_t time_step = 1) const { return rest_of(from(1, 0, time_step)); }

  static std::vector<HostBatch> rest_of(TrainingBatches batches) {
    std::vector<HostBatch> rest;
    while (auto batch = batches.next()) {
      BOOST_TEST_REQUIRE(batch->size() == 1u);
      rest.push_back(std::move((*batch)[0]));
    }
    BOOST_TEST_REQUIRE(!batches.next().has_value());
    return rest;
  }
  // One for each line, as ids, in the order of the ids.
  std::multiset<Ids> column(const std::vector<HostBatch>& batches, std::size_t first, std::size_t count,
                            Ids HostBatch::*ids) const {
    std::multiset<Ids> found;
    for (const HostBatch& batch : std::span(batches).subspan(first, count))
      for (std::int64_t row = 0; row < batch.lines; ++row) {
        Ids line;
        for (std::size_t cell = row; cell < (batch.*ids).size(); cell += batch.rows)
          if ((batch.*ids)[cell] > kEos) line.push_back((batch.*ids)[cell]);
        found.insert(line);
      }
    return found;
  }
  std::multiset<Ids> targets() const {
    std::multiset<Ids> ids;
    for (const Line& line : dataset.train) ids.insert(dataset.vocabulary.encode(line.target));
    return ids;
  }
};

Cells cells_of(const std::vector<HostBatch>& batches) {
  Cells cells;
  for (const HostBatch& batch : batches) cells += batch.cells;
  return cells;
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_line_comes_once_an_epoch_and_then_there_are_no_more) {
  const Training training(95, 3);
  const std::vector<HostBatch> batches = training.all();
  BOOST_TEST_REQUIRE(batches.size() == 30u);
  for (const std::size_t first : {0u, 10u, 20u})
    BOOST_TEST((training.column(batches, first, 10, &HostBatch::targets) == training.targets()));
}

BOOST_AUTO_TEST_CASE(mistakes_are_fresh_in_every_epoch_or_the_same_in_all) {
  Training training(300);
  const auto epochs_have_the_same_sources = [&] {
    const std::vector<HostBatch> batches = training.all();
    return training.column(batches, 0, 30, &HostBatch::source) ==
           training.column(batches, 30, 30, &HostBatch::source);
  };
  BOOST_TEST(!epochs_have_the_same_sources());
  training.options.noise_refresh = "frozen";
  BOOST_TEST(epochs_have_the_same_sources());
  BOOST_TEST((training.column(training.all(), 0, 30, &HostBatch::source) != training.targets()));
}

BOOST_AUTO_TEST_CASE(the_order_is_that_of_the_seed_and_another_one_in_each_epoch) {
  Training training(100);
  training.options.noise_refresh = "frozen";
  const std::vector<HostBatch> batches = training.all();
  BOOST_TEST((batches == training.all()));
  BOOST_TEST((std::vector(batches.begin(), batches.begin() + 10) !=
              std::vector(batches.begin() + 10, batches.end())));
  training.options.shuffle_seed = 2;
  BOOST_TEST((batches != training.all()));
}

BOOST_AUTO_TEST_CASE(the_rest_is_the_same_from_any_batch_on) {
  const Training training(45, 3);
  const std::vector<HostBatch> batches = training.all();
  for (std::size_t start = 0; start < batches.size(); ++start)
    BOOST_TEST((Training::rest_of(training.from(1 + start / 5, start % 5)) ==
                std::vector(batches.begin() + start, batches.end())));
  BOOST_TEST(Training::rest_of(training.from(4, 0)).empty());
}

BOOST_AUTO_TEST_CASE(made_ahead_at_any_depth_and_on_several_threads_at_once_they_are_the_same) {
  const Training training(95);
  const std::vector<HostBatch> batches = training.all(4);
  const auto prefetched = [&](std::size_t depth) {
    TrainingBatches source = training.from(1, 0, 4);
    Prefetch<std::vector<HostBatch>> prefetch([&] { return source.next(); }, depth);
    std::vector<HostBatch> found;
    while (auto batch = prefetch.next()) found.push_back(std::move((*batch)[0]));
    return found;
  };
  std::vector<std::vector<HostBatch>> found(5);
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < found.size(); ++i)
      threads.emplace_back([&, i] { found[i] = prefetched(std::size_t{1} << (2 * i)); });  // 1 to 256
  }
  for (const auto& one : found) BOOST_TEST((one == batches));
}

BOOST_AUTO_TEST_CASE(a_batch_in_parts_holds_the_same_lines) {
  Training training(95, 1);
  const std::vector<HostBatch> whole = training.all();
  for (const auto& [parts, sizes] : {std::pair(2, std::vector<std::int64_t>{5, 5}),
                                     {3, {4, 4, 2}},
                                     {10, std::vector<std::int64_t>(10, 1)},
                                     {99, std::vector<std::int64_t>(10, 1)}}) {
    training.options.accumulate = parts;
    TrainingBatches batches = training.from(1, 0);
    for (std::size_t i = 0; i < whole.size(); ++i) {
      const std::vector<HostBatch> batch = batches.next().value();
      std::vector<std::int64_t> lines;
      std::int64_t characters = 0;
      for (const HostBatch& part : batch) {
        lines.push_back(part.lines);
        characters += part.target_characters;
        BOOST_TEST(part.rows == sizes.front());
      }
      if (whole[i].lines == 10) BOOST_TEST(lines == sizes, boost::test_tools::per_element());
      BOOST_TEST(characters == whole[i].target_characters);
      BOOST_TEST((training.column(batch, 0, batch.size(), &HostBatch::source) ==
                  training.column(whole, i, 1, &HostBatch::source)));
    }
    BOOST_TEST(!batches.next().has_value());
  }
}

BOOST_AUTO_TEST_CASE(some_characters_may_be_unknown_and_others_in_the_next_epoch) {
  Training training(100);
  const auto unknown = [](const std::vector<HostBatch>& batches) {
    std::ptrdiff_t count = 0;
    for (const HostBatch& batch : batches)
      count += std::count(batch.targets.begin(), batch.targets.end(), kUnk);
    return count;
  };
  BOOST_TEST(unknown(training.all()) == 0);
  training.options.unknown_share = 0.2;
  const std::vector<HostBatch> batches = training.all();
  BOOST_TEST(unknown(batches) > 500);
  BOOST_TEST((training.column(batches, 0, 10, &HostBatch::targets) !=
              training.column(batches, 10, 10, &HostBatch::targets)));
}

BOOST_AUTO_TEST_CASE(lengths_may_be_rounded_up) {
  const Training training(95);
  const std::vector<HostBatch> exact = training.all(), rounded = training.all(4);
  BOOST_TEST_REQUIRE(exact.size() == rounded.size());
  for (std::size_t i = 0; i < exact.size(); ++i) {
    BOOST_TEST(rounded[i].source_time == (exact[i].source_time + 3) / 4 * 4);
    BOOST_TEST(rounded[i].target_time == (exact[i].target_time + 3) / 4 * 4);
  }
  BOOST_TEST(cells_of(rounded).padding_share() == cells_of(exact).padding_share());
  BOOST_TEST(cells_of(rounded).laid_out_padding_share() > cells_of(exact).padding_share());
  BOOST_TEST(cells_of(exact).laid_out_padding_share() == cells_of(exact).padding_share());
}

BOOST_AUTO_TEST_CASE(length_is_in_characters_not_bytes) {
  Training training(0, 1);
  training.dataset.task = "pairs";
  training.dataset.vocabulary = Vocabulary(U"e\u00e9");
  for (std::uint64_t i = 0; i < 100; ++i) {  // 40 bytes each
    std::string line;
    for (int n = 0; n < 20; ++n) line += i < 50 ? "ee" : "\u00e9";
    training.dataset.train.push_back({line, line, i});
  }
  BOOST_TEST(cells_of(training.all()).padding_share() == 0.0);
}

BOOST_AUTO_TEST_CASE(of_real_lengths_less_than_three_cells_in_a_hundred_are_padding) {
  for (const std::size_t count : {10'000u, 40'000u}) {
    Training training(count, 1);
    training.options.batch_size = 128;
    const double share = cells_of(training.all()).padding_share();
    BOOST_TEST(share < 0.03);
    BOOST_TEST(share > 0.005);  // mistakes alone make some
  }
}

}  // namespace favras::seq2seq
