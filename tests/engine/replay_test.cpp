// Replayed work: when it is recorded, that it equals ordinary work to the bit, and how it fails.
#include "engine/replay.h"

#include <array>
#include <optional>

#include <boost/test/unit_test.hpp>

#include "engine/adam.h"
#include "engine/allocator.h"
#include "engine/modules.h"
#include "engine/ops/softmax_cross_entropy.h"
#include "tests/engine/engine_test_support.h"
#include "tests/support/devices.h"
#include "tests/support/numbers.h"

using namespace favras;
using namespace favras::test;

BOOST_TEST_GLOBAL_FIXTURE(OneThread);

namespace {

constexpr std::int64_t kVocabulary = 7, kInputs = 5, kHidden = 6, kBatch = 3;

// What may differ from step to step.
struct Contents {
  kernels::StepState state{.seed = 1, .step = 1, .learning_rate = 0.01f};
  unsigned ids = 1;  // from which they are drawn
  std::int32_t first_length = 2;
};

// A small model, trained by Replay or without.
struct Trainee {
  Trainee(Device where, bool replayed) : device(where) {
    arena.allocate(1);
    adam.emplace(arena, AdamOptions{.norm_clip = 1.0});
    if (replayed) replay.emplace(device);
  }

  struct Inputs {
    Tensor ids, targets, lengths;
  };

  // Tensors of their own for each length in time, filled anew for each step.
  Inputs& fill(std::int64_t time, const Contents& contents) {
    const Shape shape{time, kBatch};
    Inputs& inputs = by_time[time];
    if (!inputs.ids)
      inputs = {Tensor(shape, DType::kInt32, device), Tensor(shape, DType::kInt32, device),
                Tensor({kBatch}, DType::kInt32, device)};
    const auto draw = [&](Tensor& tensor, unsigned seed) {
      const std::vector<std::int32_t> ids = random_ids(tensor.elements(), kVocabulary, seed);
      tensor.copy_from_host(ids.data(), tensor.bytes());
    };
    draw(inputs.ids, contents.ids);
    draw(inputs.targets, contents.ids + 1);
    const std::array lengths{contents.first_length, static_cast<std::int32_t>(time), 1};
    inputs.lengths.copy_from_host(lengths.data(), inputs.lengths.bytes());
    return inputs;
  }

  std::vector<Tensor> work(const Inputs& inputs) {
    ++works;
    arena.zero_gradients();
    const LstmResult result = lstm({.sequence = embedding(inputs.ids)}, inputs.lengths, {},
                                   {.dropout = {.keep = 0.7f, .stream = 3, .state = state.pointer()}});
    const Loss loss = softmax_cross_entropy(output(result.outputs[0]), inputs.targets, /*ignore=*/0);
    backward(loss.mean);
    adam->step(state);
    return {loss.sum, loss.count};
  }

  float step(std::int64_t time, const Contents& contents) {
    state.set(contents.state);
    const Inputs& inputs = fill(time, contents);
    const std::vector<Tensor> results =
        replay ? replay->run({time, kBatch}, [&] { return work(inputs); }) : work(inputs);
    return results[0].to_host<float>()[0];
  }

  std::vector<float> values() const { return arena.values().to_host<float>(); }

  Device device;
  ParameterArena arena{DType::kFloat32, device};
  Embedding embedding{arena, "embedding", kVocabulary, kInputs};
  Lstm lstm{arena, "lstm", kInputs, kHidden, 2};
  Linear output{arena, "output", kHidden, kVocabulary};
  DeviceStepState state{device};
  std::optional<Adam> adam;  // of the allocated arena
  std::map<std::int64_t, Inputs> by_time;
  int works = 0;
  std::optional<Replay> replay;
};

bool records(Device device) { return device.kind == DeviceKind::kCuda; }

Contents contents_of_step(unsigned step) {
  return {.state = {.seed = 5, .step = step, .learning_rate = 0.01f * static_cast<float>(step)},
          .ids = 10 * step,
          .first_length = static_cast<std::int32_t>(step % 4)};
}

// Equal after steps of these lengths in time; gives how often the replayed one did its work.
void check_equal_to_ordinary(Trainee& replayed, Trainee& ordinary, std::initializer_list<std::int64_t> times,
                             unsigned first_step = 1) {
  unsigned step = first_step;
  for (const std::int64_t time : times) BOOST_TEST_CONTEXT("step " << step << " of time " << time) {
      const Contents contents = contents_of_step(step++);
      const float loss = replayed.step(time, contents);
      BOOST_TEST(bits_of(loss) == bits_of(ordinary.step(time, contents)));
      BOOST_TEST(same_bits(replayed.values(), ordinary.values()));
    }
}

// Work that adds one to a number on the device.
struct Counter {
  explicit Counter(Device device)
      : one(Tensor::from(std::vector<float>{1.0f}, {1}, device)),
        total(one, Tensor::zeros({1}, DType::kFloat32, device)) {}
  std::vector<Tensor> operator()() const {
    total.add_gradient(one);
    return {total.gradient()};
  }
  float number() const { return total.gradient().to_host<float>()[0]; }

  Tensor one;
  Variable total;  // its gradient is the number
};

}  // namespace

FAVRAS_DEVICE_TEST_CASE(the_second_run_of_a_key_is_recorded_and_later_ones_are_launched) {
  Trainee trainee(device, true);
  const auto check = [&](std::int64_t time, int works, std::size_t graphs) {
    trainee.step(time, {});
    BOOST_TEST(trainee.works == works);
    BOOST_TEST(trainee.replay->graphs() == (records(device) ? graphs : 0u));
  };
  if (records(device)) {
    check(3, 1, 0);
    check(3, 2, 1);
    for (int i = 0; i < 3; ++i) check(3, 2, 1);
    check(4, 3, 1);
    check(3, 3, 1);
    check(4, 4, 2);
    for (const std::int64_t time : {3, 4, 4, 3}) check(time, 4, 2);
  } else {
    int works = 0;
    for (const std::int64_t time : {3, 3, 4, 3, 4}) check(time, ++works, 0);
  }
}

FAVRAS_DEVICE_TEST_CASE(replayed_steps_equal_ordinary_ones_to_the_bit) {
  Trainee replayed(device, true), ordinary(device, false);
  check_equal_to_ordinary(replayed, ordinary, {3, 3, 3, 4, 3, 4, 4, 3, 6, 4, 6, 3, 6, 6});
  BOOST_TEST(replayed.works == (records(device) ? 6 : 14));
}

FAVRAS_DEVICE_TEST_CASE(whatever_changes_between_runs_is_read_by_the_replay) {
  const auto changed = [](auto change) {
    Contents contents;
    change(contents);
    return contents;
  };
  for (const Contents& contents :
       {changed([](Contents& c) { c.state.seed = 2; }), changed([](Contents& c) { c.state.step = 9; }),
        changed([](Contents& c) { c.state.learning_rate = 0.5f; }), changed([](Contents& c) { c.ids = 50; }),
        changed([](Contents& c) { c.first_length = 0; })}) {
    Trainee replayed(device, true), ordinary(device, false), unchanged(device, false);
    for (int i = 0; i < 3; ++i)
      for (Trainee* const trainee : {&replayed, &ordinary, &unchanged}) trainee->step(4, {});
    replayed.step(4, contents);
    ordinary.step(4, contents);
    unchanged.step(4, {});
    BOOST_TEST(same_bits(replayed.values(), ordinary.values()));
    BOOST_TEST(!same_bits(replayed.values(), unchanged.values()));
  }
}

FAVRAS_DEVICE_TEST_CASE(what_finds_no_memory_to_record_in_runs_ordinarily) {
  Trainee replayed(device, true), ordinary(device, false);
  check_equal_to_ordinary(replayed, ordinary, {3});
  CachingAllocator::of(device).release_cached();  // the warmed-up blocks
  check_equal_to_ordinary(replayed, ordinary, {3}, 2);
  BOOST_TEST(replayed.replay->graphs() == 0u);
  BOOST_TEST(replayed.works == (records(device) ? 3 : 2));  // tried, and done
  check_equal_to_ordinary(replayed, ordinary, {3, 3}, 3);
  BOOST_TEST(replayed.replay->graphs() == (records(device) ? 1u : 0u));
}

FAVRAS_DEVICE_TEST_CASE(a_shortage_of_memory_takes_that_of_the_graphs) {
  if (!records(device)) return;
  Trainee replayed(device, true), ordinary(device, false);
  check_equal_to_ordinary(replayed, ordinary, {3, 3, 4, 4, 3});
  BOOST_TEST(replayed.replay->graphs() == 2u);
  CachingAllocator& allocator = CachingAllocator::of(device);
  allocator.release_cached();
  const AllocatorStatistics before = allocator.statistics();
  const std::size_t of_graphs = before.reserved - before.in_use;
  BOOST_TEST(of_graphs > 0u);
  allocator.set_limit(before.reserved);
  {
    const Tensor large({static_cast<std::int64_t>(of_graphs) / 2}, DType::kByte, device);
    BOOST_TEST(replayed.replay->graphs() == 0u);
  }
  allocator.set_limit(0);
  check_equal_to_ordinary(replayed, ordinary, {3, 4, 3, 4, 3}, 6);
  BOOST_TEST(replayed.replay->graphs() == 2u);
}

// A graph writes to memory that is free between its launches, but to nobody else's.
FAVRAS_DEVICE_TEST_CASE(tensors_made_between_runs_keep_their_contents) {
  Trainee trainee(device, true);
  for (int i = 0; i < 3; ++i) trainee.step(3, {});
  std::vector<Tensor> kept;
  for (std::int64_t size = 1; size < 5000; size += size / 4 + 1)
    kept.push_back(Tensor::from(std::vector<float>(static_cast<std::size_t>(size), 0.5f), {size}, device));
  for (int i = 0; i < 3; ++i) trainee.step(3, {});
  for (const Tensor& tensor : kept)
    BOOST_TEST(
        (tensor.to_host<float>() == std::vector<float>(static_cast<std::size_t>(tensor.elements()), 0.5f)));
}

FAVRAS_DEVICE_TEST_CASE(memory_is_given_back_when_graphs_are_cleared_and_at_the_end) {
  CachingAllocator& allocator = CachingAllocator::of(device);
  const auto cached = [&] {
    allocator.release_cached();
    return allocator.statistics().reserved - allocator.statistics().in_use;
  };
  {
    Trainee trainee(device, true);
    for (int i = 0; i < 3; ++i) trainee.step(3, {});
    BOOST_TEST((cached() > 0) == records(device));
    trainee.replay->clear();
    BOOST_TEST(trainee.replay->graphs() == 0u);
    BOOST_TEST(cached() == 0u);
    for (int i = 0; i < 3; ++i) trainee.step(3, {});
    BOOST_TEST((cached() > 0) == records(device));
  }
  BOOST_TEST(cached() == 0u);
}

FAVRAS_DEVICE_TEST_CASE(an_exception_ends_the_recording_and_passes) {
  const Counter counter(device);
  Replay replay(device);
  bool failing = false;
  const auto run = [&] {
    replay.run({1}, [&] {
      std::vector<Tensor> results = counter();
      if (failing) throw std::runtime_error("of the work");
      return results;
    });
  };
  run();
  failing = true;
  for (int i = 0; i < 2; ++i) {
    BOOST_TEST(message_of<std::runtime_error>(run) == "of the work");
    BOOST_TEST(replay.graphs() == 0u);
  }
  // What was recorded until then never happens.
  BOOST_TEST(counter.number() == (records(device) ? 1.0f : 3.0f));
  const Tensor fresh({1 << 20}, DType::kByte, device);  // no longer only from the cache
  failing = false;
  const float before = counter.number();
  for (int i = 0; i < 3; ++i) run();
  BOOST_TEST(counter.number() == before + 3);
  BOOST_TEST(replay.graphs() == (records(device) ? 1u : 0u));
}

FAVRAS_DEVICE_TEST_CASE(an_exception_of_the_first_run_leaves_the_key_new) {
  const Counter counter(device);
  Replay replay(device);
  BOOST_TEST(message_of<std::runtime_error>([&] {
               replay.run({1}, []() -> std::vector<Tensor> { throw std::runtime_error("at once"); });
             }) == "at once");
  int works = 0;
  for (int i = 0; i < 3; ++i)
    replay.run({1}, [&] {
      ++works;
      return counter();
    });
  BOOST_TEST(works == (records(device) ? 2 : 3));
  BOOST_TEST(counter.number() == 3.0f);
}

// They would be done once, when recorded, or the same for ever.
FAVRAS_DEVICE_TEST_CASE(uploads_and_downloads_cannot_be_recorded) {
  if (!records(device)) return;
  const Counter counter(device);
  Replay replay(device);
  const auto upload = [&] {
    replay.run({1}, [&] {
      Tensor number = counter.total.gradient();
      const float three = 3.0f;
      number.copy_from_host(&three, sizeof three);
      return counter();
    });
  };
  upload();
  BOOST_TEST(counter.number() == 4.0f);
  BOOST_TEST(message_of<std::logic_error>(upload) ==
             "upload: 4 bytes while the stream's work is recorded; every replay would send the same");
  BOOST_TEST(replay.graphs() == 0u);

  const auto download = [&] {
    replay.run({2}, [&] {
      counter.number();
      return counter();
    });
  };
  download();
  BOOST_TEST(counter.number() == 5.0f);
  BOOST_TEST(message_of<std::runtime_error>(download).find("captur") != std::string::npos);
  BOOST_TEST(replay.graphs() == 0u);
  BOOST_TEST(counter.number() == 5.0f);
}

FAVRAS_DEVICE_TEST_CASE(results_are_those_of_the_last_run) {
  const Counter counter(device);
  Replay replay(device);
  for (const float expected : {1.0f, 2.0f, 3.0f, 4.0f}) {
    const std::vector<Tensor>& results = replay.run({1}, counter);
    BOOST_REQUIRE(results.size() == 1u);
    BOOST_TEST(results[0].to_host<float>()[0] == expected);
  }
}
