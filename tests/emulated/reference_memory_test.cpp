// The reference workload, the original's model and batch at full length, trains on a CUDA device of 4 GB: as
// fp32 and as bf16, replayed as a graph, and with the CPU's loss and gradients.
#include <cmath>
#include <numeric>
#include <random>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "apps/seq2seq/data/vocabulary.h"
#include "apps/seq2seq/model/model.h"
#include "engine/adam.h"
#include "engine/allocator.h"
#include "engine/precision.h"
#include "engine/replay.h"
#include "tests/simt/options.h"
#include "tests/simt/stream.h"

using namespace favras;
using namespace favras::seq2seq;

namespace {

constexpr Device kCpu{}, kCuda{DeviceKind::kCuda, 0};
constexpr std::size_t kLimit = 4'000'000'000;  // bytes
constexpr ModelConfiguration kModel{.vocabulary = 80};
constexpr std::int64_t kLines = 128, kCharacters = 60;

// The device itself has no more than the limit, whoever asks.
struct SmallDevice {
  SmallDevice() {
    set_cpu_threads(1);
    simt::options().device.memory = kLimit;
    CachingAllocator::of(kCuda).set_limit(kLimit);
  }
};

HostBatch full_batch() {
  std::mt19937 generator(1);
  std::uniform_int_distribution<std::int32_t> character(kSpecialTokens,
                                                        static_cast<std::int32_t>(kModel.vocabulary) - 1);
  const auto lines = [&] {
    std::vector<Ids> all(kLines, Ids(kCharacters));
    for (Ids& line : all)
      for (std::int32_t& id : line) id = character(generator);
    return all;
  };
  const std::vector<Ids> sources = lines(), targets = lines();
  return lay_out(sources, targets, kLines, 4);  // as the trainer does on CUDA
}

// Training as the trainer does it.
struct Training {
  Training(Device device, Precision precision)
      : model(kModel, 1, storage_dtype(precision), device),
        adam(model.parameters(), {}),
        state(device),
        replay(device),
        host_batch(full_batch()),
        batch(upload(host_batch, device)) {}

  double step() {  // its loss
    state.set({.seed = 1, .step = ++steps, .learning_rate = 0.001f});
    const std::vector<Tensor>& results = replay.run(host_batch.shape(), [&]() -> std::vector<Tensor> {
      model.parameters().zero_gradients();
      const Loss loss = model.loss(batch, 0.7f, state);
      backward(loss.mean);
      adam.step(state);
      return {loss.sum, loss.count};
    });
    return results[0].to_host<float>()[0] / results[1].to_host<float>()[0];
  }
  double gradient_norm() const {
    const std::vector<float> g = model.parameters().gradients().to_host<float>();
    return std::sqrt(
        std::accumulate(g.begin(), g.end(), 0.0, [](double sum, double x) { return sum + x * x; }));
  }

  Model model;
  Adam adam;
  DeviceStepState state;
  Replay replay;
  HostBatch host_batch;
  Batch batch;
  std::uint64_t steps = 0;
};

struct FirstStep {
  double loss, gradient_norm;
};

FirstStep first_step_on_cpu() {
  Training training(kCpu, Precision::kFloat32);
  const double loss = training.step();
  return {loss, training.gradient_norm()};
}

// Ordinary steps, two at most, one that is recorded, and one that is only launched.
void check_training(Precision precision, double tolerance) {
  static const FirstStep expected = first_step_on_cpu();
  CachingAllocator& allocator = CachingAllocator::of(kCuda);
  {
    Training training(kCuda, precision);
    const double first = training.step(), norm = training.gradient_norm();
    BOOST_TEST_MESSAGE(fmt::format("{}: loss {:.6f} (the CPU's {:.6f}), gradient's norm {:.6f} ({:.6f})",
                                   to_string(precision), first, expected.loss, norm, expected.gradient_norm));
    BOOST_TEST(std::abs(first - expected.loss) < tolerance);
    BOOST_TEST(std::abs(norm / expected.gradient_norm - 1) < tolerance);
    double second = training.step();
    if (training.replay.graphs() == 0) second = training.step();
    BOOST_TEST(training.replay.graphs() == 1u);
    const std::size_t launches = simt::graph_launches(), calls = allocator.statistics().system_calls;
    const double third = training.step();
    BOOST_TEST(simt::graph_launches() == launches + 1);
    BOOST_TEST(allocator.statistics().system_calls == calls);
    BOOST_TEST(second < first);
    BOOST_TEST(third < second);
  }
  const AllocatorStatistics statistics = allocator.statistics();
  BOOST_TEST_MESSAGE(fmt::format("{}: {:.0f} MiB in use at most, {:.0f} MiB reserved", to_string(precision),
                                 static_cast<double>(statistics.peak_in_use) / (1 << 20),
                                 static_cast<double>(statistics.reserved) / (1 << 20)));
  BOOST_TEST(statistics.peak_in_use <= statistics.reserved);
  BOOST_TEST(statistics.reserved <= kLimit);
  allocator.release_cached();
}

}  // namespace

BOOST_TEST_GLOBAL_FIXTURE(SmallDevice);

// bf16 first: peak_in_use is the largest so far.
BOOST_AUTO_TEST_CASE(bf16_fits_into_4_gb) { check_training(Precision::kBfloat16, 1e-2); }

BOOST_AUTO_TEST_CASE(fp32_fits_into_4_gb) { check_training(Precision::kFloat32, 1e-4); }
