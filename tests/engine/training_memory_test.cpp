// After two steps of a shape, a training step asks the system for no memory; nor does it, after a while, for
// shapes never seen. In the second a request may meet its block in the hands of a smaller one.
#include <optional>

#include <boost/test/unit_test.hpp>

#include "engine/adam.h"
#include "engine/allocator.h"
#include "engine/modules.h"
#include "engine/ops/dropout.h"
#include "engine/ops/softmax_cross_entropy.h"
#include "tests/engine/engine_test_support.h"
#include "tests/support/devices.h"
#include "tests/support/numbers.h"

using namespace favras;
using namespace favras::test;

BOOST_TEST_GLOBAL_FIXTURE(OneThread);

namespace {

constexpr std::int64_t kVocabulary = 11, kHidden = 16;

// A small encoder and decoder, with every operation there is.
struct Seq2seq {
  explicit Seq2seq(Device where) : device(where) {
    arena.allocate(1);
    adam.emplace(arena, AdamOptions{.norm_clip = 1.0});
  }

  float step(std::int64_t source_time, std::int64_t target_time, std::int64_t batch) {
    const auto ids = [&](const Shape& shape) {
      return Tensor::from(random_ids(element_count(shape), kVocabulary, 1), shape, device);
    };
    const auto lengths = [&](std::int64_t time) {
      return Tensor::from(std::vector<std::int32_t>(batch, static_cast<std::int32_t>(time)), {batch}, device);
    };
    const auto mask = [&](std::uint32_t stream) {
      return kernels::DropoutMask{.keep = 0.8f, .stream = stream, .state = state.pointer()};
    };
    state.set({.seed = 1, .step = ++steps, .learning_rate = 0.01f});
    arena.zero_gradients();
    const Variable source = dropout(embedding(ids({source_time, batch})), mask(1));
    const LstmResult encoded = encoder({.sequence = source}, lengths(source_time), {},
                                       {.outputs = LstmOutputs::kNone, .dropout = mask(2)});
    const LstmResult decoded = decoder({.embedding = embedding.weight(), .ids = ids({target_time, batch})},
                                       lengths(target_time), encoded.final, {.dropout = mask(5)});
    const Loss loss =
        softmax_cross_entropy(output(decoded.outputs[0]), ids({target_time, batch}), /*ignore=*/0);
    backward(loss.mean);
    adam->step(state);
    return loss.mean.value().to_host<float>()[0];
  }

  Device device;
  ParameterArena arena{DType::kFloat32, device};
  Embedding embedding{arena, "embedding", kVocabulary, 7};
  Lstm encoder{arena, "encoder", 7, kHidden, 2}, decoder{arena, "decoder", 7, kHidden, 2};
  Linear output{arena, "output", kHidden, kVocabulary};
  DeviceStepState state{device};
  std::optional<Adam> adam;  // of the allocated arena
  std::uint64_t steps = 0;
};

}  // namespace

FAVRAS_DEVICE_TEST_CASE(steps_of_a_known_shape_allocate_nothing) {
  Seq2seq model(device);
  const auto statistics = [&] { return CachingAllocator::of(device).statistics(); };
  const float first_loss = model.step(7, 5, 33);
  const std::size_t calls_of_first = statistics().system_calls;
  model.step(7, 5, 33);
  const AllocatorStatistics after_two = statistics();
  BOOST_TEST(after_two.system_calls <= calls_of_first + 1);
  float loss = 0.0f;
  for (int i = 0; i < 4; ++i) {
    loss = model.step(7, 5, 33);
    BOOST_TEST(statistics().system_calls == after_two.system_calls);
    BOOST_TEST(statistics().in_use == after_two.in_use);  // nothing leaks
    BOOST_TEST(statistics().peak_in_use == after_two.peak_in_use);
  }
  BOOST_TEST(loss < first_loss);  // these were training steps
  // A shape never seen asks, in its first two steps; going back and forth does not.
  model.step(31, 13, 64);
  model.step(31, 13, 64);
  const std::size_t calls = statistics().system_calls;
  BOOST_TEST(calls > after_two.system_calls);
  for (int i = 0; i < 2; ++i) {
    model.step(7, 5, 33);
    model.step(31, 13, 64);
    BOOST_TEST(statistics().system_calls == calls);
  }
}

FAVRAS_DEVICE_TEST_CASE(batches_of_many_lengths_share_the_memory_of_the_longest) {
  CachingAllocator& allocator = CachingAllocator::of(device);
  allocator.release_cached();
  Seq2seq model(device);
  model.step(24, 25, 24);
  const AllocatorStatistics after_longest = allocator.statistics();
  std::size_t calls = 0;
  for (int pass = 0; pass < 2; ++pass) {
    for (std::int64_t time = 4; time <= 24; ++time) model.step(time, 28 - time, 24);
    if (pass == 0) calls = allocator.statistics().system_calls;
  }
  BOOST_TEST(calls - after_longest.system_calls < 10u);  // of 21 steps
  BOOST_TEST(allocator.statistics().system_calls == calls);
  BOOST_TEST(allocator.statistics().reserved <= after_longest.reserved + after_longest.reserved / 8);
}
