// The training loop on the emulated device: which steps are graphs, and what it does without the memory for
// them.
#include "apps/seq2seq/training/trainer.h"

#include <algorithm>
#include <string>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "engine/allocator.h"
#include "tests/engine/storage/scratch.h"
#include "tests/simt/every_order.h"
#include "tests/simt/stream.h"

namespace favras::seq2seq {

namespace {

constexpr Device kCuda{DeviceKind::kCuda, 0};
constexpr std::int64_t kLines = 60, kLinesInABatch = 10, kBatches = kLines / kLinesInABatch;

// Lines of 1 to 20 letters to reverse: batches of several shapes.
Dataset make_dataset() {
  Dataset dataset{.directory = "",
                  .task = "pairs",
                  .fingerprint = "f",
                  .vocabulary = Vocabulary(U"abc"),
                  .train = {},
                  .validation = {},
                  .data_seed = 1,
                  .maximum_length = 20};
  for (std::uint64_t i = 0; i < kLines + 5; ++i) {
    std::string line;
    for (std::uint64_t n = 0; n < 1 + i % 20; ++n) line += static_cast<char>('a' + (i * 7 + n * n) % 3);
    (i < kLines ? dataset.train : dataset.validation).push_back({{line.rbegin(), line.rend()}, line, i});
  }
  return dataset;
}

struct Trained {
  std::string model;         // its file's bytes
  std::size_t launches = 0;  // of graphs
  std::size_t peak = 0;      // bytes that were needed at once
};

struct Place : test::ScratchDirectory {
  TrainOptions options;
  const Dataset dataset = make_dataset();

  Place() {
    set_cpu_threads(1);
    options.device = "cuda";
    options.batch_size = kLinesInABatch;
    options.rnn_size = 16;
    options.encoding_embedding_size = options.decoding_embedding_size = 8;
    options.epochs = 4;
    options.log_every = 1000;
  }
  ~Place() { CachingAllocator::of(kCuda).set_limit(0); }

  Trained train(const std::string& name, std::size_t memory_limit = 0) const {
    CachingAllocator& allocator = CachingAllocator::of(kCuda);
    allocator.release_cached();
    allocator.set_limit(memory_limit);
    const RunDirectory run{*this / name};
    std::filesystem::create_directories(run.root);
    const std::size_t before = simt::graph_launches();
    const RunLock lock(run.root);
    Trainer trainer(options, dataset, lock, {}, {});
    BOOST_TEST((trainer.run() == Outcome::kFinished));
    return {test::read_all(run.newest_model()), simt::graph_launches() - before,
            allocator.statistics().peak_in_use};
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(trainer_on_cuda, Place)

BOOST_AUTO_TEST_CASE(a_shape_that_comes_again_is_a_graph) {
  options.epochs = 1;
  BOOST_TEST(train("once").launches < kBatches);  // most shapes are new
  options.epochs = 4;
  const Trained trained = train("often");
  // Batches hold lines of like length: a handful of shapes, each run once without a graph.
  BOOST_TEST(trained.launches >= 2 * kBatches);
  BOOST_TEST(trained.launches < 4 * kBatches);
}

BOOST_AUTO_TEST_CASE(without_the_memory_for_graphs_it_trains_on_to_the_same_bits) {
  const Trained ample = train("ample");
  Trained tight = ample;
  // As little as will do: what graphs hold is given up again and again.
  for (std::size_t limit = ample.peak; tight.launches == ample.launches; limit -= limit / 50) {
    BOOST_TEST_REQUIRE(limit > 0);
    tight = train(fmt::format("limit-{}", limit), limit);
    BOOST_TEST((tight.model == ample.model));
    BOOST_TEST_MESSAGE(fmt::format("{} bytes: {} launches of {}", limit, tight.launches, ample.launches));
  }
  BOOST_TEST(tight.launches < ample.launches);
}

// Which thread runs when: neither the kernels nor what lies between them may depend on it.
BOOST_AUTO_TEST_CASE(a_whole_training_has_the_same_bits_in_every_order_of_threads) {
  const simt::ScopedOptions restored(simt::options());
  options.epochs = 2;
  for (const char* const precision : {"fp32", "bf16"}) {
    options.precision = precision;
    std::string first;
    for (const simt::Options& order : simt::every_order(1)) {
      simt::options() = order;
      const std::string model = train(fmt::format("{}-{}", precision, static_cast<int>(order.order))).model;
      if (first.empty()) first = model;
      BOOST_TEST((model == first));
    }
  }
}

BOOST_AUTO_TEST_CASE(out_of_memory_says_what_to_lower) {
  try {
    train("tiny", 200'000);
    BOOST_FAIL("nothing was thrown");
  } catch (const OutOfMemory& error) {
    BOOST_TEST(test::contains(error.what(), "out of memory on cuda:0: "), error.what());
    BOOST_TEST(test::contains(error.what(),
                              "limit 0.2 MiB; raise --accumulate, lower --rnn-size, or raise --memory-limit"),
               error.what());
  }
  BOOST_TEST(!std::filesystem::exists(*this / "tiny" / "model.safetensors"));
  train("after");  // and the device is as good as new
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace favras::seq2seq
